package nft_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

// counted is what a listing says of a counter that a rule has only the name of.
var counted = regexp.MustCompile(`(counter name "[^"]+") packets 0 bytes 0`)

// What was applied is listed in the words in which it is written: each rule, in its
// chain, in order.
func TestListing_says_what_was_applied(t *testing.T) {
	ns := newNamespace(t, "listing")
	if _, err := nft.Apply(ns, nft.Ruleset{}, everything()); err != nil {
		t.Fatal(err)
	}
	text, err := nft.Listing(ns)
	if err != nil {
		t.Fatal(err)
	}
	got := linesOf(counted.ReplaceAllString(text, "$1"))
	for _, want := range linesOf(everything().String()) {
		switch {
		case strings.HasPrefix(want, "counter ") && strings.HasSuffix(want, "{ }"): // a listing has counters where they count
		case strings.HasPrefix(want, "type ipv4_addr"), strings.HasPrefix(want, "flags "):
		case !slices.Contains(got, want):
			t.Errorf("not listed: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("listed:\n%s", text)
	}
}

func linesOf(text string) []string {
	var all []string
	for l := range strings.Lines(text) {
		all = append(all, strings.TrimSpace(l))
	}
	return all
}

// A namespace without rules is an empty listing.
func TestListing_of_nothing_is_empty(t *testing.T) {
	text, err := nft.Listing(newNamespace(t, "empty"))
	if err != nil || text != "" {
		t.Errorf("got %q, %v", text, err)
	}
}
