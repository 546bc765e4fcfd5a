// Package storm takes a lab through schedules of faults while its agents send steady traffic, and has package chaos judge what the
// traffic met.
//
// An episode is one schedule on one lab: its history is judged when it ends, and forgotten, so that a run of an hour needs the
// memory of a run of a minute. Several labs work side by side.
package storm
