// Package schema publishes the JSON Schema (draft 2020-12) of report.json, for who
// reads reports without this module. It is generated from the types of
// framework/record and the comments of their fields; its test does that, and fails
// where the file kept here is not what the types say:
//
//	go test ./framework/record/schema -update
//
// It judges the form of a report, as a reader of another language needs it. Whether a
// report is true is no business of a schema.
package schema
