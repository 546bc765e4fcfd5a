package probe_test

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

func fullRequest() probe.Request {
	return probe.Request{
		Version: probe.Version, ID: 7, Op: probe.OpAsk,
		Questions: []probe.Question{
			{
				ID: "sg-001", Protocol: probe.TCP, Source: netip.MustParseAddr("172.16.0.5"),
				Target: netip.MustParseAddr("192.168.10.25"), Port: 5432, Count: 3,
				Interval: 20 * time.Millisecond, Timeout: 500 * time.Millisecond, Payload: 1400,
			},
			{Protocol: probe.ICMP, Target: netip.MustParseAddr("192.168.10.25")},
			{Protocol: probe.UDP, Target: netip.MustParseAddr("10.247.0.10"), Port: 53, Name: "app-server"},
			{
				Protocol: probe.TCP, Target: netip.MustParseAddr("192.168.10.70"), Port: 443,
				Use: probe.Use{Kind: topology.UseHTTPS, Password: "word", Roots: "pem\n", Alone: true}, Lasting: 5 * time.Second,
			},
		},
		Listeners: []probe.Listener{{Protocol: probe.UDP, Port: 53, Address: netip.MustParseAddr("10.1.0.9")}},
	}
}

func fullResponse() probe.Response {
	return probe.Response{
		Version: probe.Version, ID: 7,
		Answers: []probe.Answer{{
			ID: "sg-001", Outcome: probe.Partial, Errno: "EHOSTUNREACH",
			Rejection: &probe.Rejection{Type: 3, Code: 13, From: netip.MustParseAddr("192.168.10.1")},
			Server:    "web-vm", Saw: netip.MustParseAddrPort("192.168.10.11:40001"),
			Local: netip.MustParseAddrPort("172.16.0.5:40000"), Nonce: "0011223344556677", Sent: 2, Connected: 1,
			Received: 1, RTTs: []time.Duration{1412 * time.Microsecond},
			Started: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Elapsed: time.Second,
			Transcript: "line\n", Code: verdict.NotListed, At: netip.MustParseAddrPort("192.168.10.66:9092"), Err: "cause",
		}},
		Sightings: []probe.Sighting{{
			Protocol: probe.ICMP, Source: netip.MustParseAddrPort("172.16.0.5:0"), Nonce: "0011223344556677", ID: 9,
			Listener: probe.Listener{Protocol: probe.ICMP}, Seq: 1, At: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
		}},
		Health: &probe.Health{Identity: "web-vm", Started: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)},
		Stream: 3, Sequence: 4, Tally: &managed.Tally{Attempted: 5, Acknowledged: 4, Found: 2, Missing: 1, Altered: 1}, Error: "text", Outcome: probe.Reset,
	}
}

func TestCodec_roundTrips(t *testing.T) {
	line, err := probe.EncodeRequest(fullRequest())
	if err != nil {
		t.Fatal(err)
	}
	request, err := probe.DecodeRequest(line)
	if err != nil || !reflect.DeepEqual(request, fullRequest()) {
		t.Errorf("request came back as %+v, %v", request, err)
	}
	line, err = probe.EncodeResponse(fullResponse())
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(line, []byte("\n")); n != 1 || line[len(line)-1] != '\n' {
		t.Errorf("a response is not one line: %q", line)
	}
	response, err := probe.DecodeResponse(line)
	if err != nil || !reflect.DeepEqual(response, fullResponse()) {
		t.Errorf("response came back as %+v, %v", response, err)
	}
}

func TestDecodeRequest_isStrict(t *testing.T) {
	tests := []struct {
		name, line string
		want       error
	}{
		{"empty", ``, probe.ErrMalformed},
		{"not JSON", `hello`, probe.ErrMalformed},
		{"cut short", `{"version":2,"op":"health"`, probe.ErrMalformed},
		{"two objects", `{"version":2,"op":"health"}{}`, probe.ErrMalformed},
		{"garbage behind", `{"version":2,"op":"health"}]`, probe.ErrMalformed},
		{"an unknown field", `{"version":2,"op":"health","shell":"sh"}`, probe.ErrMalformed},
		{"an unknown field of a question", `{"version":2,"op":"ask","questions":[{"protocol":"tcp","target":"10.0.0.1","port":1,"retries":2}]}`, probe.ErrMalformed},
		{"an unknown field of a listener", `{"version":2,"op":"listen","listeners":[{"protocol":"tcp","port":1,"tls":true}]}`, probe.ErrMalformed},
		{"no version", `{"op":"health"}`, probe.ErrVersion},
		{"the next version", `{"version":3,"op":"health"}`, probe.ErrVersion},
		{"no operation", `{"version":2}`, probe.ErrMalformed},
		{"an unknown operation", `{"version":2,"op":"exec"}`, probe.ErrMalformed},
		{"an unknown protocol", `{"version":2,"op":"ask","questions":[{"protocol":"sctp","target":"10.0.0.1","port":1}]}`, probe.ErrMalformed},
		{"a name as the target", `{"version":2,"op":"ask","questions":[{"protocol":"tcp","target":"web-vm","port":1}]}`, probe.ErrMalformed},
		{"a duration without unit", `{"version":2,"op":"ask","questions":[{"protocol":"tcp","target":"10.0.0.1","port":1,"timeout":5}]}`, probe.ErrMalformed},
		{"a port out of range", `{"version":2,"op":"ask","questions":[{"protocol":"tcp","target":"10.0.0.1","port":65536}]}`, probe.ErrMalformed},
		{"an invalid question", `{"version":2,"op":"ask","questions":[{"protocol":"tcp","target":"10.0.0.1"}]}`, probe.ErrMalformed},
		{"an invalid listener", `{"version":2,"op":"listen","listeners":[{"protocol":"tcp"}]}`, probe.ErrMalformed},
		{"a stream to nobody", `{"version":2,"op":"open"}`, probe.ErrMalformed},
		{"too many questions", `{"version":2,"op":"ask","questions":[` + strings.Repeat(`{"protocol":"icmp","target":"10.0.0.1"},`, probe.MaxQuestions) + `{"protocol":"icmp","target":"10.0.0.1"}]}`, probe.ErrTooLarge},
		{"too long a line", strings.Repeat(" ", probe.MaxLine+1), probe.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r, err := probe.DecodeRequest([]byte(tt.line)); !errors.Is(err, tt.want) {
				t.Errorf("got %+v, %v; want %v", r, err, tt.want)
			}
		})
	}
}

func TestDecodeResponse_isStrict(t *testing.T) {
	tests := []struct {
		name, line string
		want       error
	}{
		{"no outcome", `{"version":2,"id":1,"answers":[{"sent":1,"received":1,"elapsed":"1s"}]}`, probe.ErrMalformed},
		{"an unknown outcome", `{"version":2,"id":1,"answers":[{"outcome":"fine"}]}`, probe.ErrMalformed},
		{"an unknown field of an answer", `{"version":2,"id":1,"answers":[{"outcome":"timeout","why":""}]}`, probe.ErrMalformed},
		{"another version", `{"version":4,"id":1}`, probe.ErrVersion},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r, err := probe.DecodeResponse([]byte(tt.line)); !errors.Is(err, tt.want) {
				t.Errorf("got %+v, %v; want %v", r, err, tt.want)
			}
		})
	}
}

func TestEncodeResponse_leavesOutTranscriptsBeforeItFails(t *testing.T) {
	long := probe.Answer{Outcome: probe.Answered, Transcript: strings.Repeat("x", probe.MaxLine/2)}
	response := probe.Response{Answers: []probe.Answer{long, long, long}}
	line, err := probe.EncodeResponse(response)
	if err != nil || len(line) > probe.MaxLine {
		t.Fatalf("%d bytes, %v", len(line), err)
	}
	if response.Answers[0].Transcript == "" {
		t.Error("the caller's answers were changed")
	}
	long = probe.Answer{Outcome: probe.Answered, Err: strings.Repeat("x", probe.MaxLine)}
	if _, err := probe.EncodeResponse(probe.Response{Answers: []probe.Answer{long}}); !errors.Is(err, probe.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// FuzzDecode looks for input that panics, or that is accepted but does not survive a round trip.
func FuzzDecode(f *testing.F) {
	request, err := probe.EncodeRequest(fullRequest())
	if err != nil {
		f.Fatal(err)
	}
	response, err := probe.EncodeResponse(fullResponse())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(request)
	f.Add(response)
	f.Add([]byte(`{"version":2,"op":"health"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if r, err := probe.DecodeRequest(line); err == nil {
			again, err := probe.EncodeRequest(r)
			if err != nil {
				t.Fatalf("accepted but not encodable: %v", err)
			}
			if back, err := probe.DecodeRequest(again); err != nil || len(back.Questions) != len(r.Questions) {
				t.Fatalf("accepted but not stable: %v", err)
			}
		}
		if r, err := probe.DecodeResponse(line); err == nil {
			if _, err := probe.EncodeResponse(r); err != nil && !errors.Is(err, probe.ErrTooLarge) {
				t.Fatalf("accepted but not encodable: %v", err)
			}
		}
	})
}
