package fuzz

import "runtime"

// silent is a test of rapid's that is no test of anybody's: it says nothing, and ends
// its goroutine when it fails. Its methods are what rapid demands.
type silent struct{ failed bool }

func (*silent) Helper()             {}
func (*silent) Name() string        { return "fuzz" }
func (*silent) Logf(string, ...any) {}
func (*silent) Log(...any)          {}

// Skipf and its like end the check, as failing does.
func (s *silent) Skipf(string, ...any) { s.SkipNow() }

// Skip ends the check.
func (s *silent) Skip(...any) { s.SkipNow() }

// SkipNow ends the check.
func (*silent) SkipNow() { runtime.Goexit() }

// Errorf marks the check as failed.
func (s *silent) Errorf(string, ...any) { s.Fail() }

// Error marks the check as failed.
func (s *silent) Error(...any) { s.Fail() }

// Fatalf ends the check.
func (s *silent) Fatalf(string, ...any) { s.FailNow() }

// Fatal ends the check.
func (s *silent) Fatal(...any) { s.FailNow() }

// FailNow ends the check.
func (s *silent) FailNow() {
	s.Fail()
	runtime.Goexit()
}

// Fail marks the check as failed.
func (s *silent) Fail() { s.failed = true }

// Failed reports whether it did.
func (s *silent) Failed() bool { return s.failed }
