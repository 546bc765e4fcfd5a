package kindlab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// insideChecks are what agents cannot ask, since no agent answers it: the API
// server and the cluster's DNS. This process asks them itself, with sockets of
// the pods' network namespaces.
type insideChecks struct {
	checks []func(context.Context) error
	opened []*netns.Namespace
}

func (i *insideChecks) close() error {
	errs := make([]error, len(i.opened))
	for k, ns := range i.opened {
		errs[k] = ns.Close()
	}
	return errors.Join(errs...)
}

// apiName is the API server's name in the cluster's DNS.
const apiName = "kubernetes.default.svc.cluster.local"

// insideChecks returns the checks from the pod of every node.
func (l *Lab) insideChecks(ctx context.Context, nodes []readyNode) (*insideChecks, error) {
	api, err := l.serviceEndpoint(ctx, "default", "kubernetes")
	if err != nil {
		return nil, err
	}
	dns, err := l.NameServer(ctx)
	if err != nil {
		return nil, err
	}
	roots, err := l.kube.roots()
	if err != nil {
		return nil, err
	}
	all := &insideChecks{}
	for _, n := range nodes {
		agent, err := l.agents.get(n.pod)
		if err != nil {
			return nil, errors.Join(err, all.close())
		}
		ns, err := namespaceBehind(ctx, agent.socket)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("enter pod %s: %w", n.pod, err), all.close())
		}
		all.opened = append(all.opened, ns)
		sockets, limit := probe.Within(ns.Do), l.options.Timing.ProbeTimeout
		all.checks = append(all.checks,
			func(ctx context.Context) error {
				if err := askAPI(ctx, sockets, api, roots, limit); err != nil {
					return fmt.Errorf("%s asks the API server by its Service (%s): %w", n.pod, api, err)
				}
				return nil
			},
			func(ctx context.Context) error {
				if err := askDNS(ctx, sockets, dns, apiName, api.Addr(), limit); err != nil {
					return fmt.Errorf("%s asks the cluster's DNS (%s) for %s: %w", n.pod, dns, apiName, err)
				}
				return nil
			})
	}
	return all, nil
}

// serviceEndpoint is the address and first port of a Service.
func (l *Lab) serviceEndpoint(ctx context.Context, in, name string) (netip.AddrPort, error) {
	s, err := l.kube.service(ctx, in, name)
	if err != nil {
		return netip.AddrPort{}, err
	}
	address, err := netip.ParseAddr(s.Spec.ClusterIP)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("read address of service %s/%s: %w", in, name, err)
	}
	return netip.AddrPortFrom(address, uint16(s.Spec.Ports[0].Port)), nil
}

// namespaceBehind opens the network namespace of the process that serves a unix
// socket.
func namespaceBehind(ctx context.Context, socket string) (*netns.Namespace, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // only its other end's credentials matter
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, fmt.Errorf("dial %s: got a %T", socket, conn)
	}
	raw, err := unixConn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var peer *unix.Ucred
	var peerErr error
	err = raw.Control(func(fd uintptr) {
		peer, peerErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err := errors.Join(err, peerErr); err != nil {
		return nil, fmt.Errorf("read credentials behind %s: %w", socket, err)
	}
	return netns.FromPID(int(peer.Pid))
}

// askAPI asks whether the API server is ready, over TLS as any client would.
func askAPI(ctx context.Context, sockets probe.Sockets, api netip.AddrPort, roots *x509.CertPool, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return sockets.Dial(ctx, probe.TCP, netip.AddrPort{}, api)
		},
		TLSClientConfig:   &tls.Config{RootCAs: roots, ServerName: apiName, MinVersion: tls.VersionTLS12},
		DisableKeepAlives: true,
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+api.String()+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1024))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return nil
}

// askDNS asks a server for a name's address and checks the answer.
func askDNS(ctx context.Context, sockets probe.Sockets, server netip.AddrPort, name string, want netip.Addr, limit time.Duration) error {
	response, err := probe.AskName(ctx, sockets, server, name, limit)
	if err != nil {
		return err
	}
	if response.Address != want {
		return fmt.Errorf("%s, and its address is said to be %s, want %s", response.Code, response.Address, want)
	}
	return nil
}
