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
	"sigs.k8s.io/e2e-framework/klient"
	"sigs.k8s.io/e2e-framework/klient/k8s"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

// calmDNS gives the cluster's DNS one replica that is looked at every second.
// Kubernetes' own two, looked at every ten, would hold up each change of the
// container CIDR by as much, and cost twice the time of two cores. It is done
// while kind is still joining the workers, before the first replica runs, through
// the control plane's own credentials: kind hands out others only at its end.
func (l *Lab) calmDNS(ctx context.Context) error {
	client, err := l.earlyClient(ctx)
	if err != nil {
		return fmt.Errorf("calm cluster's DNS: %w", err)
	}
	patch, err := json.Marshal(dnsPatch())
	if err != nil {
		return fmt.Errorf("calm cluster's DNS: %w", err)
	}
	dns := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "coredns", Namespace: "kube-system"}}
	err = poll.Until(ctx, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		// Until kubeadm has come that far there is no server, then no DNS.
		err := client.Resources().Patch(ctx, dns, k8s.Patch{PatchType: types.StrategicMergePatchType, Data: patch})
		if err != nil {
			return false, err.Error(), nil
		}
		return true, "", nil
	})
	if err != nil {
		return fmt.Errorf("calm cluster's DNS: %w", err)
	}
	return nil
}

// dnsPatch is the change to the DNS's Deployment.
func dnsPatch() map[string]any {
	return map[string]any{"spec": map[string]any{
		"replicas": 1,
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
	return address.String(), nil
}
