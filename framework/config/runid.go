package config

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"
)

// runIDPattern keeps run ids fit for every name that carries one: DNS labels,
// container names, file names. It is also what keeps them short: the longest
// name built from one is a container's, at most 63 bytes.
var runIDPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// NewRunID returns a run id that sorts by time and differs from every other
// run's, such as "20261122-233000-3f2a".
func NewRunID(now time.Time) string {
	var random [2]byte
	// crypto/rand.Read never returns an error and fills the slice.
	_, _ = rand.Read(random[:])
	return now.UTC().Format("20060102-150405") + "-" + hex.EncodeToString(random[:])
}

// CheckRunID reports why a run id cannot be used.
func CheckRunID(id string) error {
	if !runIDPattern.MatchString(id) {
		return fmt.Errorf("%q is no run id: lower-case letters, digits and dashes, 1 to 32 of them, no dash at either end", id)
	}
	return nil
}
