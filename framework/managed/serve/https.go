package serve

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"sync"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// maxInstances is how much a question to the inference service may hold.
const maxInstances = 1 << 16

// inference adds up numbers, over TLS.
type inference struct {
	gate    *gate
	server  *http.Server
	serving sync.WaitGroup

	mu sync.Mutex
	is managed.Instance
}

func startHTTPS(ctx context.Context, i managed.Instance, o Options) (Server, error) {
	n, err := single(i)
	if err != nil {
		return nil, err
	}
	if o.Authority == nil {
		return nil, errors.New("there is no authority to sign its certificate")
	}
	certificate, err := o.Authority.Issue(managed.ServerName)
	if err != nil {
		return nil, err
	}
	s := &inference{gate: newGate(o.Place, n.Host, ownOf(n)), is: i}
	routes := http.NewServeMux()
	routes.HandleFunc("POST "+managed.InferencePath, s.infer)
	s.server = &http.Server{Handler: routes, ReadHeaderTimeout: o.Patience, ErrorLog: log.New(io.Discard, "", 0)}
	over := tls.NewListener(s.gate, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	s.serving.Go(func() { _ = s.server.Serve(over) }) // it ends with the gate
	if err := s.Adopt(ctx, i); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Instance implements Server.
func (s *inference) Instance() managed.Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.is
}

// Program implements Server.
func (s *inference) Program() managed.Program {
	return own(topology.UseHTTPS, "vpcgate inference", "for a ModelArts service: a server of vpcgate's own with the run's certificate")
}

// Adopt implements Server.
func (s *inference) Adopt(ctx context.Context, i managed.Instance) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := sameInstance(s.is, i); err != nil {
		return err
	}
	if err := s.gate.set(ctx, listens(i.Nodes[0])); err != nil {
		return err
	}
	s.is = i
	return nil
}

// Close implements Server.
func (s *inference) Close() error {
	err := errors.Join(s.server.Close(), s.gate.Close())
	s.serving.Wait()
	return err
}

// infer answers a question of somebody who has the token.
func (s *inference) infer(w http.ResponseWriter, r *http.Request) {
	i := s.Instance()
	w.Header().Set(managed.IdentityHeader, i.Identity())
	w.Header().Set(managed.SawHeader, r.RemoteAddr)
	if r.Header.Get(managed.TokenHeader) != i.Password {
		http.Error(w, `{"error_code":"ModelArts.0203","error_msg":"Invalid token in the request."}`, http.StatusUnauthorized)
		return
	}
	var question struct {
		Instances [][]float64 `json:"instances"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxInstances)).Decode(&question); err != nil {
		http.Error(w, "read instances: "+err.Error(), http.StatusBadRequest)
		return
	}
	answer := struct {
		Predictions []float64 `json:"predictions"`
	}{Predictions: []float64{}}
	for _, numbers := range question.Instances {
		var sum float64
		for _, n := range numbers {
			sum += n
		}
		answer.Predictions = append(answer.Predictions, sum)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone needs none
}
