package kindlab

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cr "sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/e2e-framework/klient"
	"sigs.k8s.io/e2e-framework/klient/k8s"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

// unlimited turns client-go's own throttle off: it would hold the few requests
// of a world's pods back for seconds.
const unlimited = -1

// kube is the cluster's API. It is safe for concurrent use.
//
// It takes from klient the client that is underneath: klient's own Resources
// keep the namespace of the last call for whoever calls next, so that two calls
// at once may each be answered for the other's namespace (e2e-framework v0.7.0).
type kube struct {
	api   cr.Client
	rest  *rest.Config
	pause time.Duration // between two looks at something slow
	once  sync.Mutex
	ready bool // whether the namespace exists
}

// newKube returns the API that a kubeconfig file leads to.
func newKube(kubeconfig string, pause time.Duration) (*kube, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	config.QPS = unlimited
	client, err := klient.New(config)
	if err != nil {
		return nil, fmt.Errorf("reach cluster: %w", err)
	}
	return &kube{api: client.Resources().GetControllerRuntimeClient(), rest: config, pause: pause}, nil
}

// roots is the certificate authority that vouches for the API server.
func (k *kube) roots() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(k.rest.CAData) {
		return nil, errors.New("read kubeconfig: no certificate authority in it")
	}
	return pool, nil
}

// nodes lists the cluster's nodes by their Kubernetes name.
func (k *kube) nodes(ctx context.Context) (map[string]corev1.Node, error) {
	var list corev1.NodeList
	if err := k.api.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	byName := map[string]corev1.Node{}
	for _, n := range list.Items {
		byName[n.Name] = n
	}
	return byName, nil
}

// pods lists the pods of a namespace, or of all namespaces when it is empty.
func (k *kube) pods(ctx context.Context, in string) ([]corev1.Pod, error) {
	var list corev1.PodList
	if err := k.api.List(ctx, &list, cr.InNamespace(in)); err != nil {
		return nil, fmt.Errorf("list pods: %w", err)
	}
	return list.Items, nil
}

// service returns a Service as it is.
func (k *kube) service(ctx context.Context, in, name string) (*corev1.Service, error) {
	var s corev1.Service
	if err := k.api.Get(ctx, cr.ObjectKey{Namespace: in, Name: name}, &s); err != nil {
		return nil, fmt.Errorf("get service %s/%s: %w", in, name, err)
	}
	return &s, nil
}

// create creates an object; one that exists already is as good.
func (k *kube) create(ctx context.Context, o k8s.Object) error {
	err := k.api.Create(ctx, o)
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create %T %s: %w", o, o.GetName(), err)
	}
	return nil
}

// remove deletes an object at once; one that is gone already is as good.
func (k *kube) remove(ctx context.Context, o k8s.Object) error {
	err := k.api.Delete(ctx, o, cr.GracePeriodSeconds(0))
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %T %s: %w", o, o.GetName(), err)
	}
	return nil
}

// evict removes a pod through the eviction API, as draining a node does.
func (k *kube) evict(ctx context.Context, p *corev1.Pod) error {
	now := int64(0)
	eviction := &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Name: p.Name, Namespace: p.Namespace},
		DeleteOptions: &metav1.DeleteOptions{GracePeriodSeconds: &now},
	}
	err := k.api.SubResource("eviction").Create(ctx, p, eviction)
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("evict pod %s: %w", p.Name, err)
	}
	return nil
}

// ensureNamespace creates our namespace, with the service account that pods need
// and that the controllers would only make some time later.
func (k *kube) ensureNamespace(ctx context.Context) error {
	k.once.Lock()
	defer k.once.Unlock()
	if k.ready {
		return nil
	}
	if err := k.create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		return err
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: namespace}}
	if err := k.create(ctx, account); err != nil {
		return err
	}
	k.ready = true
	return nil
}

// awaitPods waits until every named pod of our namespace is up and returns them
// by name.
func (k *kube) awaitPods(ctx context.Context, names []string) (map[string]corev1.Pod, error) {
	found := map[string]corev1.Pod{}
	err := poll.Until(ctx, k.pause, func(ctx context.Context) (bool, string, error) {
		pods, err := k.pods(ctx, namespace)
		if err != nil {
			return false, err.Error(), nil
		}
		for _, p := range pods {
			found[p.Name] = p
		}
		for _, name := range names {
			p, ok := found[name]
			if !ok {
				return false, "pod " + name + " does not exist", nil
			}
			ready, why := podReady(&p)
			if hopeless(&p) {
				return false, "", fmt.Errorf("pod %s: %s", name, why)
			}
			if !ready {
				return false, "pod " + name + ": " + why, nil
			}
		}
		return true, "", nil
	})
	if err != nil {
		return nil, fmt.Errorf("await pods: %w", err)
	}
	return found, nil
}

// awaitGone waits until none of the named pods of our namespace exists.
func (k *kube) awaitGone(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	err := poll.Until(ctx, k.pause, func(ctx context.Context) (bool, string, error) {
		for _, name := range names {
			var p corev1.Pod
			err := k.api.Get(ctx, cr.ObjectKey{Namespace: namespace, Name: name}, &p)
			if err == nil {
				return false, "pod " + name + " is there", nil
			}
			if !apierrors.IsNotFound(err) {
				return false, err.Error(), nil
			}
		}
		return true, "", nil
	})
	if err != nil {
		return fmt.Errorf("await end of pods: %w", err)
	}
	return nil
}
