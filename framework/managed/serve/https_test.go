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

// reply is what a service has answered.
type reply struct {
	code   int
	header http.Header
	body   string
}

func infer(t *testing.T, i managed.Instance, a *authority.Authority, token, question string) (reply, error) {
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
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, strings.TrimSpace(string(body))}, err
}

func TestHTTPS_infers(t *testing.T) {
	t.Parallel()
	a, i := newAuthority(t), instance(topology.UseHTTPS, "127.0.3.1")
	start(t, i, serve.Options{Authority: a})
	r, err := infer(t, i, a, "first", `{"instances": [[1, 2], [5]]}`)
	if err != nil || r.body != `{"predictions":[3,5]}` || r.code != http.StatusOK {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := r.header.Get(managed.IdentityHeader); got != "https/1" {
		t.Errorf("identity %q", got)
	}
	if got := r.header.Get(managed.SawHeader); !strings.HasPrefix(got, "127.0.") {
		t.Errorf("saw %q", got)
	}
	if r, err := infer(t, i, a, "wrong", `{}`); err != nil || r.code != http.StatusUnauthorized {
		t.Errorf("the wrong token: %+v, %v", r, err)
	}
	if r, err := infer(t, i, a, "first", `{`); err != nil || r.code != http.StatusBadRequest {
		t.Errorf("half a question: %+v, %v", r, err)
	}
	if _, err := infer(t, i, newAuthority(t), "first", `{}`); err == nil {
		t.Error("another run's authority is trusted")
	}
}

func TestHTTPS_diesAndComesBack(t *testing.T) {
	t.Parallel()
	a, i := newAuthority(t), instance(topology.UseHTTPS, "127.0.3.2")
	s := start(t, i, serve.Options{Authority: a})
	adopt(t, s, deaf(i))
	if _, err := infer(t, i, a, "first", `{}`); err == nil {
		t.Error("a dead service answers")
	}
	adopt(t, s, i)
	if r, err := infer(t, i, a, "first", `{"instances": []}`); err != nil || r.body != `{"predictions":[]}` {
		t.Errorf("%+v, %v", r, err)
	}
}
