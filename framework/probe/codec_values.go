package probe

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"
)

// wireQuestion is the JSON form of a Question.
type wireQuestion struct {
	ID       string     `json:"id,omitempty"`
	Protocol Protocol   `json:"protocol"`
	Source   netip.Addr `json:"source,omitzero"`
	Target   netip.Addr `json:"target"`
	Port     uint16     `json:"port,omitempty"`
	Count    int        `json:"count,omitempty"`
	Interval duration   `json:"interval,omitzero"`
	Timeout  duration   `json:"timeout,omitzero"`
	Payload  int        `json:"payload,omitempty"`
	Use      Use        `json:"use,omitzero"`
	Name     string     `json:"name,omitempty"`
	Lasting  duration   `json:"lasting,omitzero"`
}

// MarshalJSON writes durations in Go's notation, such as "250ms", and leaves zero fields out.
func (q Question) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireQuestion{
		ID: q.ID, Protocol: q.Protocol, Source: q.Source, Target: q.Target, Port: q.Port, Count: q.Count,
		Interval: duration(q.Interval), Timeout: duration(q.Timeout), Payload: q.Payload,
		Use: q.Use, Name: q.Name, Lasting: duration(q.Lasting),
	})
}

// UnmarshalJSON rejects unknown fields. It does not validate; see Validate.
func (q *Question) UnmarshalJSON(data []byte) error {
	var w wireQuestion
	if err := strictUnmarshal(data, &w); err != nil {
		return fmt.Errorf("question: %w", err)
	}
	*q = Question{
		ID: w.ID, Protocol: w.Protocol, Source: w.Source, Target: w.Target, Port: w.Port, Count: w.Count,
		Interval: time.Duration(w.Interval), Timeout: time.Duration(w.Timeout), Payload: w.Payload,
		Use: w.Use, Name: w.Name, Lasting: time.Duration(w.Lasting),
	}
	return nil
}

// wireAnswer is the JSON form of an Answer.
type wireAnswer struct {
	ID         string         `json:"id,omitempty"`
	Outcome    Outcome        `json:"outcome"`
	Errno      string         `json:"errno,omitempty"`
	Rejection  *Rejection     `json:"rejection,omitempty"`
	Server     string         `json:"server,omitempty"`
	Saw        netip.AddrPort `json:"saw,omitzero"`
	Local      netip.AddrPort `json:"local,omitzero"`
	Nonce      string         `json:"nonce,omitempty"`
	Sent       int            `json:"sent"`
	Connected  int            `json:"connected,omitempty"`
	Received   int            `json:"received"`
	RTTs       []duration     `json:"rtts,omitempty"`
	Started    time.Time      `json:"started,omitzero"`
	Elapsed    duration       `json:"elapsed"`
	Transcript string         `json:"transcript,omitempty"`
	Code       string         `json:"code,omitempty"`
	At         netip.AddrPort `json:"at,omitzero"`
	Err        string         `json:"error,omitempty"`
}

// MarshalJSON writes durations in Go's notation and leaves most zero fields out. An invalid outcome is an error.
func (a Answer) MarshalJSON() ([]byte, error) {
	w := wireAnswer{
		ID: a.ID, Outcome: a.Outcome, Errno: a.Errno, Rejection: a.Rejection, Server: a.Server, Saw: a.Saw,
		Local: a.Local, Nonce: a.Nonce, Sent: a.Sent, Connected: a.Connected, Received: a.Received,
		Started: a.Started, Elapsed: duration(a.Elapsed), Transcript: a.Transcript, Code: a.Code, At: a.At, Err: a.Err,
	}
	for _, rtt := range a.RTTs {
		w.RTTs = append(w.RTTs, duration(rtt))
	}
	return json.Marshal(w)
}

// UnmarshalJSON rejects unknown fields and an outcome that is missing or unknown.
func (a *Answer) UnmarshalJSON(data []byte) error {
	var w wireAnswer
	if err := strictUnmarshal(data, &w); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	if !w.Outcome.Valid() {
		return fmt.Errorf("answer %q: no outcome", w.ID)
	}
	*a = Answer{
		ID: w.ID, Outcome: w.Outcome, Errno: w.Errno, Rejection: w.Rejection, Server: w.Server, Saw: w.Saw,
		Local: w.Local, Nonce: w.Nonce, Sent: w.Sent, Connected: w.Connected, Received: w.Received,
		Started: w.Started, Elapsed: time.Duration(w.Elapsed), Transcript: w.Transcript, Code: w.Code, At: w.At, Err: w.Err,
	}
	for _, rtt := range w.RTTs {
		a.RTTs = append(a.RTTs, time.Duration(rtt))
	}
	return nil
}
