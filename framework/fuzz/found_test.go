package fuzz_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/fuzz"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
)

func paper(context.Context) (lab.Lab, error) { return paperlab.New(), nil }

func wire(t config.Timing) fuzz.Opener {
	return func(ctx context.Context) (lab.Lab, error) {
		return netnslab.Open(ctx, netnslab.Options{Run: "found", Timing: t})
	}
}

// What was found once is agreed about ever since: the flows that it was found with,
// and every other one of its worlds.
func TestFound(t *testing.T) {
	files, err := filepath.Glob("testdata/found/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, found, err := fuzz.ParseYAML(text)
			if err != nil {
				t.Fatal(err)
			}
			differences, err := fuzz.Compare(t.Context(), paper, wire(config.DefaultTiming().Hasty()), c.EveryFlow())
			if err == nil && len(differences) > 0 {
				differences, err = fuzz.Compare(t.Context(), paper, wire(config.DefaultTiming()), c.EveryFlow())
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range differences {
				t.Errorf("%s; evidence %+v; it was found as:\n%s", d, d.Wire.Evidence, found)
			}
		})
	}
}
