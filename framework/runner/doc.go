// Package runner takes a scenario through its phases on a lab and returns a
// record: healthy, broken, not cured by decoys, cured, broken again, with the
// evidence for each verdict and every verdict held against the oracle's.
//
// It knows scenarios, the lab port and records; no adapter and no test library.
package runner
