package use

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Request is one use of one instance.
type Request struct {
	// Use is the protocol.
	Use topology.Use
	// Target is where to connect first.
	Target netip.AddrPort
	// Password is what the client says; Kafka has none.
	Password string
	// Roots are the certificates, in PEM, that a TLS server must be of.
	Roots string
	// Client names who asks, in the names of what it writes.
	Client string
	// Ledger remembers what was acknowledged.
	Ledger *Ledger
	// Alone speaks to the addressed broker of a Kafka instance only, and asks it for
	// the partitions that it leads instead of using all.
	Alone bool
	// Stranger recognises the first line of a server that a caller knows to speak
	// another protocol; nil recognises none.
	Stranger func(line []byte) bool
	// Timeout is how long silence is borne at any step.
	Timeout time.Duration
}

// Result is what came of a use.
type Result struct {
	// Identity is who the server says it is; empty when it did not come to that.
	Identity string
	// Saw is the source that the server saw, where its protocol can tell.
	Saw netip.AddrPort
	// Local is the address and port of the connection that was made last.
	Local netip.AddrPort
	// At is the broker at which it ended, or the target.
	At netip.AddrPort
	// Heard is what the server said first on the connection that was made last,
	// for a caller who knows more servers than this package.
	Heard []byte
	// Dialled and Connected count connections.
	Dialled, Connected int
	// Code is one of package verdict's when the application said no; it may be
	// empty beside an error of the application's own.
	Code string
	// Denied says that it was the application that ended it.
	Denied bool
	// Err is nil after a use that succeeded. Its text is the client library's own;
	// it wraps what the network did, if the network did anything.
	Err error
	// Transcript is what a user would have seen, line by line.
	Transcript string
}

// Error is the failure of a use: in the client library's words, with what the
// network did as its cause.
type Error struct {
	Text  string
	Cause error
}

// Error returns the library's words.
func (e *Error) Error() string { return e.Text }

// Unwrap returns what the network did, or nil.
func (e *Error) Unwrap() error { return e.Cause }

// user is one protocol's way of using a server. It returns nil when everything
// was as it should be.
type user func(ctx context.Context, s *session, r Request) error

func users() map[topology.Use]user {
	return map[topology.Use]user{
		topology.UseRedis: useRedis,
		topology.UseMySQL: useMySQL,
		topology.UseKafka: useKafka,
		topology.UseAMQP:  useAMQP,
		topology.UseHTTPS: useHTTPS,
	}
}

// Do uses an instance once. It returns as soon as ctx ends or nothing has been
// heard for the request's timeout.
func Do(ctx context.Context, dial Dialer, r Request) Result {
	f, ok := users()[r.Use]
	if !ok {
		return Result{Denied: true, Err: fmt.Errorf("use %q: no such protocol", r.Use)}
	}
	if r.Ledger == nil {
		r.Ledger = NewLedger()
	}
	within, s := open(ctx, dial, r)
	err := f(within, s, r)
	result := s.result(within, r, err)
	s.close()
	return result
}

// Saying is the failure of a use by what the application said: the code that it
// means, and the library's error.
type saying struct {
	code string
	err  error
}

func (d *saying) Error() string { return d.err.Error() }
func (d *saying) Unwrap() error { return d.err }

// said marks an error as the application's own, with its meaning.
func said(code string, err error) error {
	if err == nil {
		return nil
	}
	return &saying{code: code, err: err}
}

// lost is the failure to read back what was acknowledged.
func lost(r Request, missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	return said(verdict.DataLost, fmt.Errorf("%d acknowledged records of %s are not there any more or not as they were, such as %s",
		len(missing), r.Client, missing[0]))
}

// result closes the books of a use.
func (s *session) result(ctx context.Context, r Request, err error) Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	got.Err = nil
	got.Transcript = s.transcript.String()
	if !got.At.IsValid() {
		got.At = r.Target
	}
	if err == nil {
		return got
	}
	got.Identity = s.got.Identity
	got.Transcript += fmt.Sprintf("%s: %v\n", r.Use, err)
	var app *saying
	if errors.As(err, &app) {
		got.Denied, got.Code = true, app.code
		got.Err = &Error{Text: err.Error()}
		return got
	}
	cause := s.cause(ctx, err)
	if cause == nil {
		got.Denied, got.Code = true, verdict.OtherProtocol
	}
	if s.failedAt.IsValid() {
		got.At = s.failedAt
	}
	got.Err = &Error{Text: err.Error(), Cause: cause}
	return got
}
