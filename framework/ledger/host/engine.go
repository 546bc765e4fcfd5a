package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/vpcgate/vpcgate/framework/ledger"
)

// engineSocket is where the machine's own engine answers. One elsewhere, that
// DOCKER_HOST names, is not this machine's state.
const engineSocket = "/var/run/docker.sock"

// The labels by which containers are the runs' of vpcgate.
const (
	labelRun    = "vpcgate.dev/run"
	kindCluster = "io.x-k8s.kind.cluster"
)

// mostAnswer bounds how much of an engine's answer is read.
const mostAnswer = 16 << 20

// listed is what is read of a container.
type listed struct {
	Names  []string
	Image  string
	Labels map[string]string
}

// containers asks the engine for all containers. Without one there are none.
func containers(ctx context.Context, s *ledger.Snapshot) {
	all, err := ask(ctx, engineSocket)
	switch {
	case errors.Is(err, os.ErrNotExist), isRefused(err):
		s.Add(ledger.Containers)
	case err != nil:
		s.Fail(ledger.Containers, err)
	default:
		s.Engine = ledger.EngineRuns
		s.Add(ledger.Containers)
		for _, c := range all {
			s.Add(ledger.Containers, c.entry())
		}
	}
}

func isRefused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" && !errors.Is(err, os.ErrPermission)
}

func ask(ctx context.Context, socket string) (all []listed, err error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://engine/containers/json?all=1", http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask engine at %s: %w", socket, err)
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask engine at %s: it answers %s", socket, response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, mostAnswer)).Decode(&all); err != nil {
		return nil, fmt.Errorf("ask engine at %s: %w", socket, err)
	}
	return all, nil
}

// entry is a container by its name, with the run that it is of: by our label, or, of
// a node, by its cluster's name.
func (c listed) entry() ledger.Entry {
	e := ledger.Entry{Name: strings.TrimPrefix(strings.Join(c.Names, " "), "/"), State: c.Image, Run: c.Labels[labelRun]}
	if e.Run == "" {
		e.Run = runOf(c.Labels[kindCluster])
	}
	return e
}
