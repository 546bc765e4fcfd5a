package provision_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/kind/pkg/cluster"
	kindcmd "sigs.k8s.io/kind/pkg/cmd"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/provision"
)

// conflist is a pod network of one node: no more than a kubelet needs to be ready.
const conflist = `{"cniVersion":"0.4.0","name":"boot","plugins":[
{"type":"ptp","ipMasq":true,"mtu":1450,"ipam":{"type":"host-local","ranges":[[{"subnet":"%s"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
{"type":"portmap","capabilities":{"portMappings":true}}]}`

// TestNodeImage_boots creates a cluster of two nodes from the image and waits
// until its nodes and system pods are ready.
func TestNodeImage_boots(t *testing.T) {
	if os.Getenv("VPCGATE_TEST_BOOT") == "" {
		t.Skip("set VPCGATE_TEST_BOOT to create a real cluster from the node image")
	}
	ready, err := provision.Prepare(t.Context(), provision.Options{K8sVersion: os.Getenv("K8S_VERSION")}, func(s provision.Step) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("boot-%d", os.Getpid())
	provider := cluster.NewProvider(cluster.ProviderWithDocker(), cluster.ProviderWithLogger(kindcmd.NewLogger()))
	config := &v1alpha4.Cluster{
		Nodes:                   []v1alpha4.Node{{Role: v1alpha4.ControlPlaneRole}, {Role: v1alpha4.WorkerRole}},
		Networking:              v1alpha4.Networking{DisableDefaultCNI: true},
		KubeadmConfigPatches:    ready.Patches.Kubeadm,
		ContainerdConfigPatches: ready.Patches.Containerd,
	}
	kubeconfig := t.TempDir() + "/kubeconfig"
	if os.Getenv("KEEP") == "" {
		t.Cleanup(func() {
			if err := provider.Delete(name, kubeconfig); err != nil {
				t.Errorf("delete cluster %s: %v", name, err)
			}
		})
	}
	began := time.Now()
	err = provider.Create(name, cluster.CreateWithV1Alpha4Config(config), cluster.CreateWithNodeImage(ready.Node.Ref),
		cluster.CreateWithKubeconfigPath(kubeconfig), cluster.CreateWithRetain(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("kind returned after %s", time.Since(began))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for i, node := range []string{name + "-control-plane", name + "-worker"} {
		text := fmt.Sprintf(conflist, fmt.Sprintf("10.244.%d.0/24", i))
		run(ctx, t, strings.NewReader(text), "docker", "exec", "-i", node, "cp", "/dev/stdin", "/etc/cni/net.d/10-boot.conflist")
	}
	kubectl := []string{"docker", "exec", name + "-control-plane", "kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"}
	err = poll.Until(ctx, time.Second, func(ctx context.Context) (bool, string, error) {
		state := run(ctx, t, nil, append(kubectl, "get", "pods,nodes", "-A", "--no-headers")...)
		bad := strings.Contains(state, "NotReady") || strings.Contains(state, "0/1")
		return !bad, state, nil
	})
	t.Logf("all ready after %s\n%s", time.Since(began), run(ctx, t, nil, append(kubectl, "get", "pods,nodes", "-A", "-o", "wide")...))
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a program and returns its output.
func run(ctx context.Context, t *testing.T, stdin *strings.Reader, words ...string) string {
	t.Helper()
	c := cmd.Command{Name: words[0], Args: words[1:]}
	if stdin != nil {
		c.Stdin = stdin
	}
	result, err := cmd.Run(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return result.Stdout
}
