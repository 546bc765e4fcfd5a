package netnslab_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
)

// The wire shows what the documentation promises and what the oracle predicts,
// for every case of the table that the oracle is held to.
func TestAsk_cases(t *testing.T) { asked(t, labtest.Cases()) }

// Nor does it differ from what others published.
func TestAsk_references(t *testing.T) { asked(t, labtest.References()) }

// TestAsk_services uses managed services by their real clients.
func TestAsk_services(t *testing.T) { asked(t, labtest.Services()) }

func asked(t *testing.T, cases []labtest.Case) {
	t.Helper()
	l := open(t)
	for _, c := range cases {
		if err := l.Adopt(t.Context(), c.World); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		got, err := l.Ask(t.Context(), c.Flow)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if predicted := paperlab.New().Predict(l.World(), c.Flow).Verdict; !predicted.SatisfiedBy(got.Verdict) {
			t.Errorf("%s: %s: predicted %s, saw %s (%+v)", c.Name, c.Flow, predicted, got.Verdict, got.Evidence)
		}
		if !c.Want.SatisfiedBy(got.Verdict) {
			t.Errorf("%s (%s): %s: want %s, saw %s", c.Name, c.Source, c.Flow, c.Want, got.Verdict)
		}
	}
}
