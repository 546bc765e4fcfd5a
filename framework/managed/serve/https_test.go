package serve_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/authority"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func newAuthority(t *testing.T) *authority.Authority {
	t.Helper()
	a, err := authority.New("test")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func infer(t *testing.T, i managed.Instance, a *authority.Authority, token, question string) (*http.Response, string, error) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.PEM())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: managed.ServerName}}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+i.Nodes[0].Listen.String()+managed.InferencePath, strings.NewReader(question))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(managed.TokenHeader, token)
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response, strings.TrimSpace(string(body)), err
}

func TestHTTPS_infers(t *testing.T) {
	t.Parallel()
	a, i := newAuthority(t), instance(topology.UseHTTPS, "127.0.3.1")
	start(t, i, serve.Options{Authority: a})
	response, body, err := infer(t, i, a, "first", `{"instances": [[1, 2], [5]]}`)
	if err != nil || body != `{"predictions":[3,5]}` || response.StatusCode != http.StatusOK {
		t.Fatalf("%q, %v", body, err)
	}
	if got := response.Header.Get(managed.IdentityHeader); got != "https/1" {
		t.Errorf("identity %q", got)
	}
	if got := response.Header.Get(managed.SawHeader); !strings.HasPrefix(got, "127.0.") {
		t.Errorf("saw %q", got)
	}
	if response, _, err := infer(t, i, a, "wrong", `{}`); err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Errorf("the wrong token: %v, %v", response, err)
	}
	if response, _, err := infer(t, i, a, "first", `{`); err != nil || response.StatusCode != http.StatusBadRequest {
		t.Errorf("half a question: %v, %v", response, err)
	}
	if _, _, err := infer(t, i, newAuthority(t), "first", `{}`); err == nil {
		t.Error("another run's authority is trusted")
	}
}

func TestHTTPS_diesAndComesBack(t *testing.T) {
	t.Parallel()
	a, i := newAuthority(t), instance(topology.UseHTTPS, "127.0.3.2")
	s := start(t, i, serve.Options{Authority: a})
	adopt(t, s, deaf(i))
	if _, _, err := infer(t, i, a, "first", `{}`); err == nil {
		t.Error("a dead service answers")
	}
	adopt(t, s, i)
	if _, body, err := infer(t, i, a, "first", `{"instances": []}`); err != nil || body != `{"predictions":[]}` {
		t.Errorf("%q, %v", body, err)
	}
}
