package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/vpcgate/vpcgate/framework/verdict"
)

const (
	// nameID marks a question for a name; its socket is connected and used once.
	nameID = 4242
	// nameBytes is the size of the largest answer over UDP that was not asked to be larger.
	nameBytes = 512
)

// NameAnswer is what a DNS server said about a name.
type NameAnswer struct {
	Code    dnsmessage.RCode
	Address netip.Addr // zero when it named none
}

// AskName asks a DNS server for a name's IPv4 address, once; who wants to repeat it as resolvers do asks again. It stops waiting as soon
// as ctx ends. An answer that is none to the question matches ErrMalformed.
func AskName(ctx context.Context, sockets Sockets, server netip.AddrPort, name string, limit time.Duration) (NameAnswer, error) {
	query, err := nameQuery(name)
	if err != nil {
		return NameAnswer{}, fmt.Errorf("%w: %w", ErrCannotAsk, err)
	}
	conn, err := sockets.Dial(ctx, UDP, netip.AddrPort{}, server)
	if err != nil {
		return NameAnswer{}, err
	}
	defer func() { _ = conn.Close() }() // a datagram socket; nothing is lost
	ended := func(err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		sc, ok := conn.(syscall.Conn)
		if !ok {
			return err
		}
		raw, unknown := sc.SyscallConn()
		if unknown != nil {
			return err
		}
		return exact(raw, err)
	}
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		return NameAnswer{}, fmt.Errorf("%w: %w", ErrCannotAsk, err)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo()) })()
	if _, err := conn.Write(query); err != nil {
		return NameAnswer{}, ended(err)
	}
	buffer := make([]byte, nameBytes)
	n, err := conn.Read(buffer)
	if err != nil {
		return NameAnswer{}, ended(err)
	}
	return readName(name, buffer[:n])
}

// validateName reports what is wrong with a question's name.
func (q Question) validateName(wrong func(format string, args ...any)) {
	if q.Name == "" {
		return
	}
	if _, err := nameQuery(q.Name); err != nil || len(q.Name) > maxName {
		wrong("name: no DNS server could be asked for it")
	}
	if q.Protocol != UDP || q.Count != 1 || q.Payload != 0 || q.Source.IsValid() || q.Use != (Use{}) {
		wrong("name %s: it is asked for over udp, once, from any address, and has no payload", q.Name)
	}
}

func nameQuery(name string) ([]byte, error) {
	qualified, err := dnsmessage.NewName(name + ".")
	if err != nil {
		return nil, err
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: nameID, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: qualified, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	return m.Pack()
}

func readName(name string, response []byte) (NameAnswer, error) {
	var m dnsmessage.Message
	if err := m.Unpack(response); err != nil {
		return NameAnswer{}, fmt.Errorf("unpack answer: %w: %w", ErrMalformed, err)
	}
	if m.ID != nameID || !m.Response || len(m.Questions) != 1 || !strings.EqualFold(m.Questions[0].Name.String(), name+".") {
		return NameAnswer{}, fmt.Errorf("the answer is to another question: %w", ErrMalformed)
	}
	a := NameAnswer{Code: m.RCode}
	for _, r := range m.Answers {
		if body, ok := r.Body.(*dnsmessage.AResource); ok {
			a.Address = netip.AddrFrom4(body.A)
		}
	}
	return a, nil
}

// askName asks a DNS server for a question's name.
func (who asker) askName(ctx context.Context, q Question, a *Answer) {
	a.Sent = 1
	got, err := AskName(ctx, who.sockets, q.Endpoint(), q.Name, q.Timeout)
	took := time.Since(a.Started)
	switch {
	case err != nil:
		a.fail(err)
		a.Outcome = nameOutcome(err)
	case got.Code == dnsmessage.RCodeSuccess && got.Address.IsValid():
		a.Outcome, a.Server = Answered, got.Address.String()
	case got.Code == dnsmessage.RCodeNameError:
		a.Outcome, a.Code, a.Err = Denied, verdict.NoSuchName, got.Code.String()
	default:
		a.Outcome, a.Err = Denied, got.Code.String()
	}
	if err == nil {
		a.Received, a.RTTs = 1, []time.Duration{took}
	}
	a.Transcript = fmt.Sprintf("%s? %s %s %s\n", q.Name, a.Outcome, a.Server, a.Err)
}

// nameOutcome is what an error means: whoever answers with something else speaks another protocol.
func nameOutcome(err error) Outcome {
	if o := OutcomeOf(err); o != Broken || !errors.Is(err, ErrMalformed) {
		return o
	}
	return Denied
}
