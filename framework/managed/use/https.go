package use

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// maxPrediction bounds what is read of an answer.
const maxPrediction = 64 << 10

// inference is the body of a question.
type inference struct {
	Instances [][]float64 `json:"instances"`
}

// prediction is the body of its answer.
type prediction struct {
	Predictions []float64 `json:"predictions"`
}

// useHTTPS asks for an inference. The service keeps nothing that could be read back.
func useHTTPS(ctx context.Context, s *session, r Request) error {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(r.Roots)) {
		return said("", errors.New("no certificates were given that the server could be of"))
	}
	dial := s.dialing(ctx)
	transport := &http.Transport{
		DialContext:       func(_ context.Context, _, address string) (net.Conn, error) { return dial(address) },
		TLSClientConfig:   &tls.Config{RootCAs: roots, ServerName: managed.ServerName},
		DisableKeepAlives: true,
	}
	defer transport.CloseIdleConnections()
	question, err := json.Marshal(inference{Instances: [][]float64{{1, 2}}})
	if err != nil {
		return fmt.Errorf("encode inference: %w", err)
	}
	url := "https://" + r.Target.String() + managed.InferencePath
	asked, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(question))
	if err != nil {
		return fmt.Errorf("make inference: %w", err)
	}
	asked.Header.Set(managed.TokenHeader, r.Password)
	asked.Header.Set("Content-Type", "application/json")
	// The name that the certificate is for is also whom the request is for.
	asked.Host = managed.ServerName
	answer, err := (&http.Client{Transport: transport, Timeout: r.own()}).Do(asked)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxPrediction))
	if err != nil {
		return err
	}
	s.say("curl -X POST %s -d '%s': %s %s", url, question, answer.Status, bytes.TrimSpace(body))
	return httpsAnswer(s, answer, body)
}

// httpsAnswer says what an answer means.
func httpsAnswer(s *session, answer *http.Response, body []byte) error {
	s.note(func(got *Result) {
		got.Identity = answer.Header.Get(managed.IdentityHeader)
		if saw, err := netip.ParseAddrPort(answer.Header.Get(managed.SawHeader)); err == nil {
			got.Saw = saw
		}
	})
	switch {
	case answer.StatusCode == http.StatusUnauthorized:
		return said(verdict.WrongPassword, fmt.Errorf("the server answered %s", answer.Status))
	case answer.StatusCode != http.StatusOK:
		return said("", fmt.Errorf("the server answered %s: %s", answer.Status, bytes.TrimSpace(body)))
	}
	var p prediction
	if err := json.Unmarshal(body, &p); err != nil || !slices.Equal(p.Predictions, []float64{3}) {
		return said(verdict.OtherProtocol, fmt.Errorf("the server answered with no inference of 1 and 2: %s", bytes.TrimSpace(body)))
	}
	return nil
}
