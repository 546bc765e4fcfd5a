package serve_test

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
)

// endsWith says something that is not the server's protocol, and expects that the
// server ends the connection.
func endsWith(t *testing.T, at netip.AddrPort, text string) {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(config.DefaultTiming().Settle)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, text) // it may be refused half-way
	if _, err := io.Copy(io.Discard, c); err != nil && isTimeout(err) {
		t.Errorf("%.40q: the server waits for more", text)
	}
}

func isTimeout(err error) bool {
	n, ok := err.(net.Error) //nolint:errorlint // io.Copy returns it as it is
	return ok && n.Timeout()
}
