// Package record is what a run leaves behind: the results with their evidence,
// report.json in a versioned schema, and junit.xml. It is pure but for writing
// the files.
package record
