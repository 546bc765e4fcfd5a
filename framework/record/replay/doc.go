// Package replay compares a result that a run recorded with one of the same scenario
// that was run again, phase by phase: every answer's verdict, hop, rule and source,
// what a plan was refused for, and how it ended. How long it took and how many packets
// moved is another matter each time. It is pure and runs nothing: the command line does.
package replay
