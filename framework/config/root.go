package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// modulePattern recognises vpcgate's own module, and one that uses it.
var modulePattern = regexp.MustCompile(`(?m)^module github\.com/vpcgate/vpcgate$|^\s*(require\s+)?github\.com/vpcgate/vpcgate v`)

// Root returns the root folder of the module that holds the folder, by default
// the working directory: vpcgate's own, or one that requires it.
func Root(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find module root from %s: %w", dir, err)
	}
	for at := start; ; at = filepath.Dir(at) {
		text, err := os.ReadFile(filepath.Join(at, "go.mod"))
		switch {
		case err == nil && modulePattern.Match(text):
			return at, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("find module root from %s: %w", start, err)
		case at == filepath.Dir(at):
			return "", fmt.Errorf("find module root from %s: no folder above it holds the go.mod of github.com/vpcgate/vpcgate, or of a module that requires it; "+
				"run vpcgate inside its repository or yours", start)
		}
	}
}
