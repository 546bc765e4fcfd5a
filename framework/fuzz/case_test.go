package fuzz_test

import (
	"reflect"
	"testing"

	"github.com/vpcgate/vpcgate/framework/fuzz"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
)

func TestDraw_draws_valid_cases(t *testing.T) {
	kinds := map[string]int{}
	flows, worlds := 0, 0
	for n := range uint64(300) {
		for i, s := range fuzz.Draw(n).States {
			worlds++
			if err := s.World.Validate(); err != nil {
				t.Fatalf("case %d, state %d: %v", n, i, err)
			}
			if err := lab.CanHost(lab.Netns, s.World); err != nil {
				t.Fatalf("case %d, state %d: %v", n, i, err)
			}
			for _, f := range s.Flows {
				if err := s.World.ValidateFlow(f); err != nil {
					t.Fatalf("case %d, state %d: %v", n, i, err)
				}
				flows++
				v := paperlab.New().Predict(s.World, f).Verdict
				kinds[string(v.Kind)]++
			}
		}
	}
	t.Logf("%d worlds, %d flows: %v", worlds, flows, kinds)
}

func TestDraw_draws_the_same_from_the_same_number(t *testing.T) {
	if !reflect.DeepEqual(fuzz.Draw(7), fuzz.Draw(7)) {
		t.Error("the same number drew two cases")
	}
}
