package probe_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/probe"
)

// remote returns a client of an agent, over a pipe.
func remote(t testing.TB, agent *probe.Local) *probe.Client {
	t.Helper()
	near, far := net.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- agent.ServeConn(context.Background(), far) }()
	client := probe.NewClient(near)
	t.Cleanup(func() {
		if err := errors.Join(client.Close(), <-ended); err != nil {
			t.Error(err)
		}
	})
	return client
}

func TestClient_isAnAgent(t *testing.T) {
	n := isolated(t)
	server, asker := remote(t, local(t, "web-vm", n)), remote(t, local(t, "pod-a", n))
	if err := server.Listen(t.Context(), parsed(t, "tcp/80", "icmp")); err != nil {
		t.Fatal(err)
	}
	questions := []probe.Question{
		{ID: "1", Protocol: probe.TCP, Target: loopback(), Port: 80},
		{ID: "2", Protocol: probe.ICMP, Target: loopback()},
		{ID: "3", Protocol: probe.TCP, Target: loopback(), Port: 81},
	}
	answers, err := asker.Ask(t.Context(), questions)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []probe.Outcome{probe.Answered, probe.Answered, probe.Refused} {
		if answers[i].Outcome != want || answers[i].ID != questions[i].ID || answers[i].Transcript == "" {
			t.Errorf("answer %d: %+v", i, answers[i])
		}
	}
	seen, err := server.Sightings(t.Context())
	if err != nil || len(probe.SightingsOf(answers[1], seen)) != 1 {
		t.Errorf("sightings %+v, %v", seen, err)
	}
	health, err := server.Health(t.Context())
	if err != nil || health.Identity != "web-vm" || !slices.Equal(health.Listeners, parsed(t, "icmp", "tcp/80")) {
		t.Errorf("health %+v, %v", health, err)
	}
	s := stream(t, asker, 80)
	for want := uint64(1); want <= 3; want++ {
		if got, err := s.Exchange(t.Context()); err != nil || got != want {
			t.Errorf("exchange %d, %v; want %d", got, err, want)
		}
	}
	if s.Opened().Server != "web-vm" {
		t.Errorf("opened with %+v", s.Opened())
	}
	if err := server.Listen(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := s.Exchange(t.Context()); probe.OutcomeOf(err) != probe.Reset {
		t.Errorf("a live flow was cut, seen from afar as %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestClient_cancelReachesTheAgent(t *testing.T) {
	n := isolated(t)
	agent := local(t, "pod-a", n)
	at := silentTCP(t, n)
	client := remote(t, agent)
	began, answers := asking(t, client, []probe.Question{{ID: "q", Protocol: probe.TCP, Target: at.Addr(), Port: at.Port(), Timeout: patience}})
	t.Logf("canceled after %s", time.Since(began))
	// Only the agent knows that it had sent something, and from which port.
	if len(answers) != 1 || answers[0].Outcome != probe.Canceled || answers[0].ID != "q" || answers[0].Sent != 1 || !answers[0].Local.IsValid() {
		t.Errorf("got %+v", answers)
	}
	// Closing waits for what the agent still does for this connection, which would be a minute.
	began = time.Now()
	if _, err := client.Health(t.Context()); err != nil {
		t.Error(err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if elapsed := time.Since(began); elapsed > 10*time.Second {
		t.Errorf("the agent went on asking for %s", elapsed)
	}
}

func TestClient_cancelDoesNotNeedTheAgent(t *testing.T) {
	near, far := net.Pipe()
	client := probe.NewClient(near)
	// An agent that hears everything and says nothing.
	go func() { _, _ = io.Copy(io.Discard, far) }()
	began, answers := asking(t, client, []probe.Question{{ID: "q", Protocol: probe.ICMP, Target: loopback()}})
	if elapsed := time.Since(began); elapsed > 10*time.Second {
		t.Errorf("cancel took %s", elapsed)
	}
	if len(answers) != 1 || answers[0].Outcome != probe.Canceled || answers[0].ID != "q" || answers[0].Sent != 0 {
		t.Errorf("got %+v", answers)
	}
	if err := errors.Join(client.Close(), far.Close()); err != nil {
		t.Error(err)
	}
}

// An agent that is starved still has its connection, and repeats what is unanswered, until it has heard of the end.
func TestClient_waitsForASlowFarewell(t *testing.T) {
	near, far := net.Pipe()
	client := probe.NewClient(near)
	ended := make(chan error, 1)
	go func() { ended <- slowly(far, 300*time.Millisecond) }()
	_, answers := asking(t, client, []probe.Question{{ID: "q", Protocol: probe.ICMP, Target: loopback()}})
	if len(answers) != 1 || answers[0].Outcome != probe.Canceled || answers[0].Sent != 1 {
		t.Errorf("got %+v", answers)
	}
	if err := errors.Join(client.Close(), far.Close(), <-ended); err != nil {
		t.Error(err)
	}
}

// slowly answers the first question as canceled, some time after it was cut off.
func slowly(conn net.Conn, late time.Duration) error {
	in := bufio.NewReader(conn)
	asked, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	request, err := probe.DecodeRequest(asked)
	if err != nil {
		return err
	}
	if _, err := in.ReadBytes('\n'); err != nil {
		return err
	}
	<-time.After(late)
	line, err := probe.EncodeResponse(probe.Response{ID: request.ID, Answers: []probe.Answer{{ID: "q", Outcome: probe.Canceled, Sent: 1}}})
	if err != nil {
		return err
	}
	_, err = conn.Write(line)
	return err
}

func TestClient_whenTheConnectionEnds(t *testing.T) {
	near, far := net.Pipe()
	client := probe.NewClient(near)
	if err := far.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Ask(t.Context(), nil); !errors.Is(err, probe.ErrClosed) {
		t.Errorf("ask: %v", err)
	}
	if err := errors.Join(client.Close(), client.Close()); err != nil {
		t.Error(err)
	}
	if _, err := client.Health(t.Context()); !errors.Is(err, probe.ErrClosed) {
		t.Errorf("health: %v", err)
	}
}

func TestServeConn_answersBadLinesAndGoesOn(t *testing.T) {
	agent := probe.NewLocal("web-vm", probe.Host())
	near, far := net.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- agent.ServeConn(t.Context(), far) }()
	lines := bufio.NewReader(near)
	for _, tt := range []struct {
		line, wantError string
		wantID          uint64
	}{
		{`garbage`, "decode request: malformed: ", 0},
		{`{"version":9,"id":4,"op":"health"}`, "decode request: version 9: unknown version", 4},
		{`{"version":2,"id":5,"op":"ask","questions":[{"protocol":"tcp","target":"10.0.0.1"}]}`, `decode request: malformed: question "": port 0`, 5},
		{`{"version":2,"id":6,"op":"exchange","stream":1}`, "stream 1: closed", 6},
		{`{"version":2,"id":7,"op":"health"}`, "", 7},
	} {
		if _, err := fmt.Fprintln(near, tt.line); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		response, err := probe.DecodeResponse(line)
		if err != nil || response.ID != tt.wantID || !strings.HasPrefix(response.Error, tt.wantError) || tt.wantError == "" && response.Error != "" {
			t.Errorf("%s: got %s, %v", tt.line, line, err)
		}
	}
	_ = near.Close()
	if err := errors.Join(<-ended, agent.Close()); err != nil {
		t.Error(err)
	}
}

func TestServeConn_endsALineThatIsTooLong(t *testing.T) {
	agent := probe.NewLocal("web-vm", probe.Host())
	near, far := net.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- agent.ServeConn(t.Context(), far) }()
	// The excess is noticed when a buffer of the reader is full.
	go func() { _, _ = near.Write(make([]byte, 2*probe.MaxLine)) }()
	line, err := bufio.NewReader(near).ReadString('\n')
	if err != nil || !strings.Contains(line, "too large") {
		t.Errorf("got %q, %v", line, err)
	}
	if err := <-ended; !errors.Is(err, probe.ErrTooLarge) {
		t.Errorf("ended with %v", err)
	}
	if err := errors.Join(near.Close(), agent.Close()); err != nil {
		t.Error(err)
	}
}

func TestServeControl(t *testing.T) {
	for _, address := range []string{"@vpcgate-" + t.Name(), filepath.Join(t.TempDir(), "agent.sock")} {
		t.Run(address[:1], func(t *testing.T) {
			listener, err := probe.ListenControl(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := probe.ListenControl(t.Context(), address); err == nil {
				t.Error("a control address that is served was taken over")
			}
			agent := probe.NewLocal("web-vm", probe.Host())
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- agent.ServeControl(ctx, listener) }()
			client, err := probe.DialControl(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			if health, err := client.Health(t.Context()); err != nil || health.Identity != "web-vm" {
				t.Errorf("health %+v, %v", health, err)
			}
			cancel()
			if err := errors.Join(<-ended, client.Close(), agent.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// An agent that was killed leaves its socket file behind; its successor must come up.
func TestListenControl_replacesADeadSocketFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.sock")
	dead, err := probe.ListenControl(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	socket, ok := dead.(*net.UnixListener)
	if !ok {
		t.Fatalf("%T", dead)
	}
	socket.SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	alive, err := probe.ListenControl(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := alive.Close(); err != nil {
		t.Error(err)
	}
}
