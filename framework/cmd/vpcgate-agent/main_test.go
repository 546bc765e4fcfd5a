package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// TestMain gives the tests the privilege of raw sockets where they do not have it.
func TestMain(m *testing.M) {
	if err := netns.ReexecInUserNamespace(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// address is a loopback address of this test process alone, so that several runs share a machine.
func address() netip.Addr {
	pid := os.Getpid()
	return netip.AddrFrom4([4]byte{127, byte(1 + pid>>16&0x3f), byte(pid >> 8), byte(1 + pid&0x7f)})
}

// invoke runs the program to its end.
func invoke(t *testing.T, control, input string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	env := func(name string) string { return map[string]string{controlVariable: control}[name] }
	status = run(t.Context(), streams{in: strings.NewReader(input), out: &out, err: &err, env: env}, args)
	return status, out.String(), err.String()
}

func TestRun_status(t *testing.T) {
	nobody := fmt.Sprintf("@vpcgate-nobody-%d", os.Getpid())
	question := fmt.Sprintf(`[{"id":"q","protocol":"tcp","target":"%s","port":9}]`, address())
	tests := []struct {
		name       string
		input      string
		args       []string
		want       int
		stdout     string
		stderrPart string
	}{
		{"no command", "", nil, 2, "", "usage: vpcgate-agent COMMAND"},
		{"an unknown command", "", []string{"exec"}, 2, "", "usage: vpcgate-agent COMMAND"},
		{"help", "", []string{"help"}, 0, "", "usage: vpcgate-agent COMMAND"},
		{"help of a command", "", []string{"ask", "-h"}, 0, "", "-questions"},
		{"an unknown flag", "", []string{"ask", "--shell"}, 2, "", "flag provided but not defined"},
		{"an argument too many", "", []string{"health", "now"}, 2, "", `unexpected argument "now"`},
		{"no identity", "", []string{"serve"}, 2, "", "--identity is required"},
		{"a listener that is none", "", []string{"serve", "--identity", "a", "--listen", "tcp"}, 2, "", "tcp needs a port"},
		{"no agent", "", []string{"health"}, 1, "", "dial control"},
		{"no agent to relay to", "", []string{"relay"}, 1, "", "relay: dial"},
		{"bad questions", "", []string{"ask", "--questions", "[{}]"}, 1, "", "decode questions"},
		{"no input", "", []string{"ask"}, 1, "", "malformed: empty"},
		{"a request for something else", `{"version":2,"op":"health"}`, []string{"ask"}, 1, "", `only "ask" is served here`},
		{
			"a refused connection is an answer", "",
			[]string{"ask", "--transcript", "--questions", question},
			0,
			fmt.Sprintf("tcp %s:9: refused, ECONNREFUSED\n", address()), "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := invoke(t, nobody, tt.input, tt.args...)
			if status != tt.want || stdout != tt.stdout || !strings.Contains(stderr, tt.stderrPart) {
				t.Errorf("status %d, want %d\nstdout %q\nstderr %q", status, tt.want, stdout, stderr)
			}
		})
	}
}

// serving runs an agent until the test ends and returns its control address.
func serving(t *testing.T, listen string) string {
	t.Helper()
	control := fmt.Sprintf("@vpcgate-%s-%d", t.Name(), os.Getpid())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		s := streams{out: io.Discard, err: &stderr, env: func(string) string { return "" }}
		ended <- run(ctx, s, []string{"serve", "--identity", "web-vm", "--control", control, "--listen", listen})
	}()
	t.Cleanup(func() {
		cancel()
		if status := <-ended; status != 0 {
			t.Errorf("serve ended with %d: %s", status, stderr.String())
		}
	})
	patience, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	err := poll.Until(patience, time.Millisecond, func(ctx context.Context) (bool, string, error) {
		client, err := probe.DialControl(ctx, control)
		if err != nil {
			return false, err.Error(), nil
		}
		return true, "", client.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return control
}

func TestServe_obeysItsControlSocket(t *testing.T) {
	control := serving(t, "icmp,tcp/80@"+address().String())
	request := fmt.Sprintf(`{"version":2,"id":5,"op":"ask","questions":[{"protocol":"tcp","target":"%s","port":80},{"protocol":"icmp","target":"%s"}]}`, address(), address())
	status, stdout, stderr := invoke(t, control, request, "ask")
	response, err := probe.DecodeResponse([]byte(stdout))
	if status != 0 || err != nil || response.ID != 5 || len(response.Answers) != 2 {
		t.Fatalf("ask: %d, %v, %q, %q", status, err, stdout, stderr)
	}
	if a := response.Answers[0]; a.Outcome != probe.Answered || a.Server != "web-vm" {
		t.Errorf("got %+v", a)
	}
	if _, stdout, stderr := invoke(t, control, "", "sightings"); !strings.Contains(stdout, response.Answers[1].Nonce) {
		t.Errorf("no sighting of %s in %s%s", response.Answers[1].Nonce, stdout, stderr)
	}
	if status, _, stderr := invoke(t, control, "", "listen", "--listen", "udp/53@"+address().String()); status != 0 {
		t.Errorf("listen: %d, %s", status, stderr)
	}
	if status, stdout, stderr := invoke(t, control, "", "health"); status != 0 || !strings.Contains(stdout, `"listeners":[{"protocol":"udp","port":53,`) {
		t.Errorf("health: %d, %s%s", status, stdout, stderr)
	}
}

// pipe is a connection over the standard streams of an invocation.
type pipe struct {
	io.Reader
	io.WriteCloser
}

func TestRelayAndServe_carryAClientOverStandardStreams(t *testing.T) {
	control := serving(t, "icmp")
	for name, args := range map[string][]string{
		"relay": {"relay", "--control", control},
		"serve": {"serve", "--identity", "web-vm", "--control", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			in, toIn := io.Pipe()
			fromOut, out := io.Pipe()
			ended := make(chan int, 1)
			var stderr bytes.Buffer
			go func() {
				s := streams{in: in, out: out, err: &stderr, env: func(string) string { return "" }}
				ended <- run(t.Context(), s, args)
				_ = out.Close()
			}()
			client := probe.NewClient(pipe{fromOut, toIn})
			health, err := client.Health(t.Context())
			if err != nil || health.Identity != "web-vm" {
				t.Errorf("health %+v, %v", health, err)
			}
			if err := client.Close(); err != nil {
				t.Error(err)
			}
			if status := <-ended; status != 0 {
				t.Errorf("ended with %d: %s", status, stderr.String())
			}
		})
	}
}
