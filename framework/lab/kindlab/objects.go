package kindlab

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// namespace is where the world's pods live in the cluster.
const namespace = "vpcgate"

// Labels of pods: who a pod is, and which Services of the readiness checks it
// serves.
const (
	podNameLabel = "vpcgate.dev/pod"
	podPartLabel = "vpcgate.dev/part"
)

// The parts that pods play.
const (
	partWorld = "world"
	partReady = "ready"
	partHost  = "ready-host"
)

// podSpec is a pod to create.
type podSpec struct {
	name        string
	node        string // the Kubernetes name of the node
	hostNetwork bool
	labels      map[string]string
	image       string
	// socket names the agent's control socket. Every incarnation has its own,
	// since a pod may be replaced while its former processes still end.
	socket string
}

// podObject returns the pod as Kubernetes takes it.
func podObject(s podSpec) *corev1.Pod {
	no, noTime := false, int64(0)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: s.name, Namespace: namespace,
			Labels: s.labels,
		},
		Spec: corev1.PodSpec{
			NodeName: s.node, HostNetwork: s.hostNetwork,
			// Wherever the world puts it, whatever the node is in the middle of.
			Tolerations:                   []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
			TerminationGracePeriodSeconds: &noTime,
			AutomountServiceAccountToken:  &no,
			EnableServiceLinks:            &no,
			RestartPolicy:                 corev1.RestartPolicyAlways,
			Containers: []corev1.Container{{
				Name: "agent", Image: s.image, ImagePullPolicy: corev1.PullNever,
				Args: agentArgs(s.name),
				Env:  []corev1.EnvVar{{Name: controlVariable, Value: controlPath(s.socket)}},
				SecurityContext: &corev1.SecurityContext{
					Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_RAW"}},
				},
				VolumeMounts: []corev1.VolumeMount{{Name: "control", MountPath: mountedControl}},
			}},
			Volumes: []corev1.Volume{{
				Name:         "control",
				VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: mountedControl}},
			}},
		},
	}
}

// socketOf returns the name of the control socket that a pod of ours was told.
func socketOf(p corev1.Pod) string {
	for _, c := range p.Spec.Containers {
		for _, e := range c.Env {
			if e.Name == controlVariable {
				return strings.TrimSuffix(path.Base(e.Value), ".sock")
			}
		}
	}
	return ""
}

// serviceObject returns a Service in front of the pods that all labels match.
func serviceObject(name string, kind corev1.ServiceType, selector map[string]string, port, target uint16) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{podPartLabel: partReady}},
		Spec: corev1.ServiceSpec{
			Type: kind, Selector: selector,
			Ports: []corev1.ServicePort{{
				Name: "agent", Protocol: corev1.ProtocolTCP, Port: int32(port), TargetPort: intstr.FromInt32(int32(target)),
			}},
		},
	}
}

// podReady reports whether a pod is up with its address, and what is missing.
func podReady(p *corev1.Pod) (bool, string) {
	if p.DeletionTimestamp != nil {
		return false, "being deleted"
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue && p.Status.PodIP != "" {
			return true, ""
		}
	}
	if waits := waiting(p); waits != "" {
		return false, waits
	}
	return false, "phase " + string(p.Status.Phase)
}

// waiting returns why a container of the pod does not run, if one says so.
func waiting(p *corev1.Pod) string {
	for _, c := range p.Status.ContainerStatuses {
		if w := c.State.Waiting; w != nil && w.Reason != "" {
			return strings.TrimRight(w.Reason+": "+w.Message, ": ")
		}
	}
	return ""
}

// hopeless reports whether waiting for a pod any longer cannot help.
func hopeless(p *corev1.Pod) bool {
	for _, c := range p.Status.ContainerStatuses {
		if w := c.State.Waiting; w != nil {
			switch w.Reason {
			case "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError":
				return true
			}
		}
	}
	return false
}

// samePod reports whether a pod that exists can stand for the world's: all that
// cannot change in place is equal.
func samePod(p *corev1.Pod, want topology.Pod, node, image string) bool {
	return p.DeletionTimestamp == nil && p.Spec.NodeName == node && p.Spec.HostNetwork == want.HostNetwork &&
		len(p.Spec.Containers) == 1 && p.Spec.Containers[0].Image == image
}
