package main

import (
	"io"
	"os"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// readForm reads a file of a user's, or standard input for "-".
func readForm(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, topology.MaxYAMLBytes+1))
	}
	return os.ReadFile(path)
}
