package nodeimage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

// moduleFolder is where the module of components lives in the source.
const moduleFolder = "fixtures/images/node"

// The modules whose versions follow from the Kubernetes version.
const (
	kubernetesModule = "k8s.io/kubernetes"
	corednsModule    = "github.com/coredns/coredns"
	etcdServer       = "go.etcd.io/etcd/server/v3"
	etcdClient       = "go.etcd.io/etcd/client/v3"
)

// readTree returns the regular files below the folder by slashed path.
func readTree(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		files[filepath.ToSlash(rel)] = data
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read folder %s: %w", root, err)
	}
	return files, nil
}

// writeTree writes the files below the folder.
func writeTree(root string, files map[string][]byte) error {
	for path, data := range files {
		to := filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("write folder %s: %w", root, err)
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			return fmt.Errorf("write folder %s: %w", root, err)
		}
	}
	return nil
}

// required returns the version that a go.mod text requires of a module.
func required(gomod, module string) string {
	m := regexp.MustCompile(`(?m)^\s*(?:require\s+)?` + regexp.QuoteMeta(module) + `\s+(v\S+)`).FindStringSubmatch(gomod)
	if m == nil {
		return ""
	}
	return m[1]
}

// staged returns the modules that a Kubernetes go.mod text takes from folders
// of its own repository, and that must be named by version outside of it.
func staged(gomod string) []string {
	var modules []string
	for _, m := range regexp.MustCompile(`(?m)^\s*(\S+) => \./staging/`).FindAllStringSubmatch(gomod, -1) {
		modules = append(modules, m[1])
	}
	return modules
}

// stagingVersion returns the version of the staging modules of a Kubernetes
// version: v0.37.2 for v1.37.2.
func stagingVersion(version string) (string, error) {
	rest, ok := strings.CutPrefix(version, "v1.")
	if !ok || rest == "" {
		return "", fmt.Errorf("kubernetes version %q: not of the form v1.MINOR.PATCH", version)
	}
	return "v0." + rest, nil
}

// edits returns the arguments of `go mod edit` that move the module of
// components to a Kubernetes version, given that version's own go.mod and the
// CoreDNS version that its kubeadm deploys.
func edits(version, gomod, coredns string, replaced []string) ([]string, error) {
	staging, err := stagingVersion(version)
	if err != nil {
		return nil, err
	}
	args := []string{"mod", "edit", "-require=" + kubernetesModule + "@" + version}
	for _, module := range replaced {
		args = append(args, "-dropreplace="+module)
	}
	for _, module := range staged(gomod) {
		// The require follows the replace, else it could name a version that the replace hides.
		args = append(args, "-replace="+module+"="+module+"@"+staging, "-droprequire="+module)
	}
	if etcd := required(gomod, etcdClient); etcd != "" {
		args = append(args, "-require="+etcdServer+"@"+etcd)
	}
	if coredns != "" {
		args = append(args, "-require="+corednsModule+"@"+coredns)
	}
	return args, nil
}

// replacedModules returns the modules that a go.mod text replaces.
func replacedModules(gomod string) []string {
	var modules []string
	for _, m := range regexp.MustCompile(`(?m)^\s*(?:replace\s+)?(\S+) => `).FindAllStringSubmatch(gomod, -1) {
		modules = append(modules, m[1])
	}
	return modules
}

// corednsVersion reads which CoreDNS a kubeadm deploys from its constants.
func corednsVersion(constants string) string {
	m := regexp.MustCompile(`CoreDNSVersion = "(v[^"]+)"`).FindStringSubmatch(constants)
	if m == nil {
		return ""
	}
	return m[1]
}

// prepareModule returns the folder of the module of components at the wanted
// Kubernetes version: the source itself when it is at that version, else a copy
// in the cache that has been moved to it.
func (b *builder) prepareModule(ctx context.Context) (string, error) {
	if required(string(b.in.module["go.mod"]), kubernetesModule) == b.in.version {
		return filepath.Join(b.source, moduleFolder), nil
	}
	dir := filepath.Join(b.cache, "modules", b.in.version+"-"+filesKey(b.in.module, ""))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	temp, err := b.tempDir("module")
	if err != nil {
		return "", err
	}
	if err := writeTree(temp, b.in.module); err != nil {
		return "", err
	}
	if err := b.moveModule(ctx, temp); err != nil {
		return "", fmt.Errorf("move %s to kubernetes %s: %w", moduleFolder, b.in.version, err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	return dir, os.Rename(temp, dir)
}

// moveModule moves the module in the folder to the wanted version.
func (b *builder) moveModule(ctx context.Context, dir string) error {
	downloaded, err := cmd.Run(ctx, goCommand(b.source, "mod", "download", "-json", kubernetesModule+"@"+b.in.version))
	if err != nil {
		return err
	}
	var kubernetes struct{ GoMod, Dir string }
	if err := json.Unmarshal([]byte(downloaded.Stdout), &kubernetes); err != nil {
		return fmt.Errorf("read go mod download: %w", err)
	}
	gomod, err := os.ReadFile(kubernetes.GoMod)
	if err != nil {
		return err
	}
	constants, err := os.ReadFile(filepath.Join(kubernetes.Dir, "cmd/kubeadm/app/constants/constants.go"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	args, err := edits(b.in.version, string(gomod), corednsVersion(string(constants)), replacedModules(string(b.in.module["go.mod"])))
	if err != nil {
		return err
	}
	if _, err := cmd.Run(ctx, goCommand(dir, args...)); err != nil {
		return err
	}
	_, err = cmd.Run(ctx, goCommand(dir, "mod", "tidy", "-e"))
	return err
}

// goCommand returns a run of the Go command that does not depend on the user's
// own settings of what to build and how.
func goCommand(dir string, args ...string) cmd.Command {
	return cmd.Command{
		Name: "go", Args: args, Dir: dir,
		Env: []string{"CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOOS=linux"},
	}
}
