package link

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

const (
	// maxName is the kernel's limit for interface names (IFNAMSIZ less the
	// final zero byte).
	maxName = 15
	// runLength is how much of the run's id a name carries.
	runLength = 4
	// hashLength is how many characters of a hash make a shortened name
	// distinct: 25 bits, for the few hundred interfaces of one namespace.
	hashLength = 5
)

// IfName returns an interface name for the parts: the first four bytes of the
// run's id, a dash, and the parts joined with dashes. Where that is longer than
// the 15 bytes that the kernel allows, or has characters that it does not, the
// end of the name is a hash of all parts. The same arguments always give the
// same name, and different ones different names.
func IfName(run string, parts ...string) string {
	prefix := clean(run)
	prefix = prefix[:min(len(prefix), runLength)] + "-"
	joined := strings.Join(parts, "-")
	body := clean(joined)
	if body == joined && len(prefix)+len(body) <= maxName {
		return prefix + body
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	hash := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:hashLength]
	room := maxName - len(prefix) - hashLength
	return prefix + body[:min(len(body), room)] + hash
}

// clean removes what an interface name should not have.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return -1
	}, s)
}
