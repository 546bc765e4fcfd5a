package kindlab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/log"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

// createCluster creates the cluster's nodes through kind and wires each as soon
// as it is started.
func (l *Lab) createCluster(ctx context.Context, config *v1alpha4.Cluster) error {
	text, err := configText(config)
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.artifact("kind.yaml"), text, 0o644); err != nil {
		return fmt.Errorf("write kind configuration: %w", err)
	}
	logFile, err := os.Create(l.artifact("kind.log"))
	if err != nil {
		return fmt.Errorf("write log of kind: %w", err)
	}
	defer func() { _ = logFile.Close() }() // the log is for people; a lost line is no failure
	provider := cluster.NewProvider(cluster.ProviderWithDocker(), cluster.ProviderWithLogger(&kindLogger{to: logFile}))
	since := time.Now().Add(-time.Second)
	return concurrently(ctx,
		func(ctx context.Context) error {
			if err := l.wireStarted(ctx, since); err != nil {
				return err
			}
			l.tell("nodes wired into the VPC")
			return l.holdDNS(ctx)
		},
		func(ctx context.Context) error {
			if err := l.kindCreate(ctx, provider, config); err != nil {
				return err
			}
			l.tell("kind has created the cluster")
			return nil
		})
}

// kindCreate runs kind's Create, which knows no context: when ours ends, its
// nodes are taken from under it until it gives up.
func (l *Lab) kindCreate(ctx context.Context, provider *cluster.Provider, config *v1alpha4.Cluster) error {
	done := make(chan error, 1)
	go func() {
		done <- provider.Create(l.name,
			cluster.CreateWithV1Alpha4Config(config),
			cluster.CreateWithKubeconfigPath(l.state.kubeconfig()),
			// We look at a failed node ourselves, and remove it afterwards.
			cluster.CreateWithRetain(true),
			cluster.CreateWithWaitForReady(0),
			cluster.CreateWithDisplayUsage(false),
			cluster.CreateWithDisplaySalutation(false))
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("create cluster %s: %w", l.name, err)
		}
		return nil
	case <-ctx.Done():
	}
	cause := fmt.Errorf("create cluster %s: %w", l.name, context.Cause(ctx))
	if !isCancel(ctx) {
		l.saveLogs(ctx)
	}
	cleanup, cancel := l.detached(ctx)
	defer cancel()
	err := poll.Until(cleanup, l.options.Timing.StatePoll, func(ctx context.Context) (bool, string, error) {
		select {
		case <-done: //nolint:errcheck // kind fails because its nodes were taken away
			return true, "", nil
		default:
			return false, "kind is still creating", l.removeNodes(ctx)
		}
	})
	return errors.Join(cause, err)
}

// isCancel reports whether the context was ended by its owner and not by a
// failure or a deadline.
func isCancel(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), context.Canceled)
}

// removeNodes removes the cluster's node containers.
func (l *Lab) removeNodes(ctx context.Context) error {
	found, err := l.engine.list(ctx, "label="+kindLabel+"="+l.name)
	if err != nil {
		return err
	}
	names := make([]string, len(found))
	for i, c := range found {
		names[i] = c.Name
	}
	return l.engine.remove(ctx, names...)
}

// loadAgentImage puts the agent's image into every node.
func (l *Lab) loadAgentImage(ctx context.Context) error {
	return forEach(ctx, l.nodes, func(ctx context.Context, n *node) error {
		file, err := os.Open(l.options.AgentArchive)
		if err != nil {
			return fmt.Errorf("load agent image: %w", err)
		}
		_, err = l.engine.exec(ctx, n.container, file, "ctr", "--namespace=k8s.io", "images", "import",
			"--all-platforms", "--digests", "-")
		if err = errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("load agent image into %s: %w", n.name, err)
		}
		return nil
	})
}

// saveLogs keeps what the nodes say, for whoever has to find out why a lab did
// not come up. It is bounded, and its own failure is only noted.
func (l *Lab) saveLogs(ctx context.Context) {
	ctx, cancel := l.detached(ctx)
	defer cancel()
	dir := l.artifact("logs")
	provider := cluster.NewProvider(cluster.ProviderWithDocker())
	done := make(chan error, 1)
	go func() { done <- provider.CollectLogs(l.name, dir) }()
	select {
	case err := <-done:
		if err != nil {
			l.tell("logs in %s are incomplete: %v", dir, err)
			return
		}
		l.tell("logs are in %s", dir)
	case <-ctx.Done():
		l.tell("logs in %s are incomplete: %v", dir, context.Cause(ctx))
	}
}

// artifact is the path of a file that the lab leaves behind.
func (l *Lab) artifact(name string) string { return filepath.Join(l.options.ArtifactDir, name) }

// kindLogger writes what kind says, line by line, to a file: it is no progress
// of ours, and of use only when something fails.
type kindLogger struct {
	mu sync.Mutex
	to io.Writer
}

var _ log.Logger = (*kindLogger)(nil)

func (k *kindLogger) write(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	_, _ = fmt.Fprintf(k.to, "%s %s\n", time.Now().UTC().Format(time.RFC3339Nano), text)
}

// Warn implements log.Logger.
func (k *kindLogger) Warn(message string) { k.write("warning: %s", message) }

// Warnf implements log.Logger.
func (k *kindLogger) Warnf(format string, args ...any) { k.write("warning: "+format, args...) }

// Error implements log.Logger.
func (k *kindLogger) Error(message string) { k.write("error: %s", message) }

// Errorf implements log.Logger.
func (k *kindLogger) Errorf(format string, args ...any) { k.write("error: "+format, args...) }

// V implements log.Logger; everything up to kind's own debugging is kept.
func (k *kindLogger) V(level log.Level) log.InfoLogger { return infoLogger{k, level <= 2} }

type infoLogger struct {
	logger *kindLogger
	on     bool
}

// Info implements log.InfoLogger.
func (i infoLogger) Info(message string) { i.Infof("%s", message) }

// Infof implements log.InfoLogger.
func (i infoLogger) Infof(format string, args ...any) {
	if i.on {
		i.logger.write(format, args...)
	}
}

// Enabled implements log.InfoLogger.
func (i infoLogger) Enabled() bool { return i.on }
