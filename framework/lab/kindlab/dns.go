package kindlab

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	cr "sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/e2e-framework/klient"
	"sigs.k8s.io/e2e-framework/klient/k8s"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// holdDNS keeps the cluster's DNS from starting, and has it looked at every
// second once it does; startDNS lets it go with one replica.
//
// A DNS server that starts before kube-proxy has written the API server's Service
// asks for it all the same. Its first packet then goes into the VPC, which is as
// silent as a cloud's, and it tries again only after thirty seconds. Kubernetes'
// own two replicas, looked at every ten seconds, would also hold up each change
// of the container CIDR by as much.
//
// It is done while kind is still joining the workers, through the control plane's
// own credentials: kind hands out others only at its end.
func (l *Lab) holdDNS(ctx context.Context) error {
	client, err := l.earlyClient(ctx)
	if err != nil {
		return fmt.Errorf("hold cluster's DNS: %w", err)
	}
	patch, err := json.Marshal(dnsHeld())
	if err != nil {
		return fmt.Errorf("hold cluster's DNS: %w", err)
	}
	err = poll.Until(ctx, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		// Until kubeadm has come that far there is no server, then no DNS.
		err := client.Resources().Patch(ctx, dnsObject(), k8s.Patch{PatchType: types.StrategicMergePatchType, Data: patch})
		if err != nil {
			return false, err.Error(), nil
		}
		return true, "", nil
	})
	if err != nil {
		return fmt.Errorf("hold cluster's DNS: %w", err)
	}
	return nil
}

// startDNS starts the cluster's DNS as soon as every node reaches the API server
// by its Service.
func (l *Lab) startDNS(ctx context.Context) error {
	api, err := l.serviceEndpoint(ctx, "default", "kubernetes")
	if err != nil {
		return err
	}
	roots, err := l.kube.roots()
	if err != nil {
		return err
	}
	err = forEach(ctx, l.nodes, func(ctx context.Context, n *node) error {
		sockets, limit := probe.Within(n.ns.Do), l.options.Timing.ProbeTimeout
		return l.untilPassed(ctx, func(ctx context.Context) error {
			if err := askAPI(ctx, sockets, api, roots, limit); err != nil {
				return fmt.Errorf("%s asks the API server by its Service (%s): %w", n.name, api, err)
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("start cluster's DNS: %w", err)
	}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"replicas": 1}})
	if err != nil {
		return fmt.Errorf("start cluster's DNS: %w", err)
	}
	if err := l.kube.api.Patch(ctx, dnsObject(), cr.RawPatch(types.StrategicMergePatchType, patch)); err != nil {
		return fmt.Errorf("start cluster's DNS: %w", err)
	}
	return nil
}

func dnsObject() *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "coredns", Namespace: "kube-system"}}
}

// dnsHeld is the change to the DNS's Deployment that keeps it from starting.
func dnsHeld() map[string]any {
	return map[string]any{"spec": map[string]any{
		"replicas": 0,
		"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{
			"name": "coredns", "readinessProbe": map[string]any{"periodSeconds": 1},
		}}}},
	}}
}

// earlyClient returns a client with the control plane's own credentials, as soon
// as kubeadm has written them.
func (l *Lab) earlyClient(ctx context.Context) (klient.Client, error) {
	const credentials = "/etc/kubernetes/admin.conf"
	var client klient.Client
	err := poll.Until(ctx, l.options.Timing.StatePoll, func(context.Context) (bool, string, error) {
		text, err := os.ReadFile(l.nodes[0].root(credentials))
		if err != nil {
			return false, err.Error(), nil
		}
		config, err := clientcmd.RESTConfigFromKubeConfig(text)
		if err != nil {
			return false, err.Error(), nil // half written
		}
		server, err := url.Parse(config.Host)
		if err != nil {
			return false, "", err
		}
		address, err := managementOf(l.nodes[0])
		if err != nil {
			return false, "", err
		}
		// The name resolves only between nodes; the certificate is for the name.
		config.ServerName = server.Hostname()
		config.Host = "https://" + net.JoinHostPort(address, server.Port())
		client, err = klient.New(config)
		if err != nil {
			return false, err.Error(), nil // the server does not answer yet
		}
		return true, "", nil
	})
	return client, err
}

// managementOf returns a node's address on the management network.
func managementOf(n *node) (string, error) {
	h, err := n.ns.Netlink()
	if err != nil {
		return "", err
	}
	eth0, err := h.LinkByName(managementLink)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", managementLink, err)
	}
	address, err := managementAddress(h, eth0)
	if err != nil {
		return "", err
	}
	return address.IP.String(), nil
}
