package fuzz_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/fuzz"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// liar is an oracle that takes what the security groups of receivers deny for admitted.
type liar struct{ *paperlab.Lab }

func (l liar) Ask(ctx context.Context, f topology.Flow) (verdict.Observation, error) {
	o, err := l.Lab.Ask(ctx, f)
	if strings.HasSuffix(o.Verdict.Rule, "/ingress/default-deny") && strings.HasPrefix(o.Verdict.Rule, "sg/") {
		o.Verdict = verdict.Refused()
	}
	return o, err
}

func lying(context.Context) (lab.Lab, error) { return liar{paperlab.New()}, nil }

// forgetful is an oracle that lies the first time that it is asked in the life of a test
// about a flow that has no second chance.
type forgetful struct {
	*paperlab.Lab
	once *sync.Once
}

func (l forgetful) Ask(ctx context.Context, f topology.Flow) (verdict.Observation, error) {
	o, err := l.Lab.Ask(ctx, f)
	if !f.Live {
		l.once.Do(func() { o.Verdict = verdict.Misdelivered("nobody") })
	}
	return o, err
}

func options(t *testing.T, wire fuzz.Opener) (fuzz.Options, *[]string) {
	t.Helper()
	var mu sync.Mutex
	told := &[]string{}
	return fuzz.Options{
		For: time.Second, Seed: 1, Workers: 1, Paper: paper, Quick: wire, Patient: wire, ShrinkWithin: time.Second,
		Save: filepath.Join(t.TempDir(), "found"), Every: time.Minute,
		Tell: func(line string) {
			mu.Lock()
			defer mu.Unlock()
			*told = append(*told, line)
		},
	}, told
}

func TestRun_of_labs_that_agree_finds_nothing(t *testing.T) {
	o, told := options(t, paper)
	sum, err := fuzz.Run(t.Context(), o)
	if err != nil || sum.Worlds == 0 || sum.Flows < 10*sum.Worlds || sum.Differences != 0 || sum.Unsteady != 0 || len(*told) != 0 {
		t.Errorf("%+v, %v, %v", sum, err, *told)
	}
	if _, err := os.Stat(o.Save); err == nil {
		t.Error("something was saved")
	}
}

// untilTold lets a run go on, however busy the machine is, until it tells a line that
// begins so.
func untilTold(t *testing.T, o *fuzz.Options, begins string) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	o.For = time.Hour
	tell := o.Tell
	o.Tell = func(line string) {
		tell(line)
		if strings.HasPrefix(line, begins) {
			cancel()
		}
	}
	return ctx
}

// A lie is found, made as small as can be, saved, and told from the truth when it is
// read again.
func TestRun_finds_a_lie_and_shrinks_it(t *testing.T) {
	o, _ := options(t, lying)
	sum, err := fuzz.Run(untilTold(t, &o, o.Save), o)
	if err != nil || sum.Differences == 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	files, err := filepath.Glob(filepath.Join(o.Save, "*.yaml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("saved %v, %v; there is one kind of lie", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	c, found, err := fuzz.ParseYAML(text)
	if err != nil || !strings.Contains(found, "wire: refused") {
		t.Fatalf("%v, found %q", err, found)
	}
	if len(c.States) != 1 || len(c.States[0].Flows) != 1 {
		t.Fatalf("%d states", len(c.States))
	}
	w := c.States[0].World
	if n := len(w.Endpoints()); n != 2 || len(w.VPCs) != 1 || len(w.Peerings)+len(w.NetworkACLs)+len(w.LoadBalancers) > 0 {
		t.Errorf("it is not small:\n%s", text)
	}
	for _, g := range w.SecurityGroups {
		if len(g.Rules) > 1 {
			t.Errorf("it has more rules than the one that lets the client out:\n%s", text)
		}
	}
	again, err := fuzz.Compare(t.Context(), paper, lying, c)
	if err != nil || len(again) != 1 {
		t.Errorf("read again, it shows %v, %v", again, err)
	}
	if again, err := fuzz.Compare(t.Context(), paper, paper, c); err != nil || len(again) != 0 {
		t.Errorf("without the lie it shows %v, %v", again, err)
	}
}

func TestRun_does_not_believe_what_is_seen_once(t *testing.T) {
	once := &sync.Once{}
	o, told := options(t, func(context.Context) (lab.Lab, error) { return forgetful{paperlab.New(), once}, nil })
	sum, err := fuzz.Run(t.Context(), o)
	if err != nil || sum.Differences != 0 || sum.Unsteady != 1 || len(*told) != 1 {
		t.Errorf("%+v, %v, %v", sum, err, *told)
	}
}

func TestYAML_roundTrip(t *testing.T) {
	for n := range uint64(20) {
		c := fuzz.Draw(n)
		text, err := fuzz.MarshalYAML(c, "found so", "and so: indeed")
		if err != nil {
			t.Fatal(err)
		}
		back, found, err := fuzz.ParseYAML(text)
		if err != nil || found != "found so\nand so: indeed" || len(back.States) != len(c.States) {
			t.Fatalf("%v, %q:\n%s", err, found, text)
		}
		for i := range c.States {
			if !reflect.DeepEqual(normal(t, c.States[i].World), normal(t, back.States[i].World)) {
				t.Errorf("case %d, state %d came back changed", n, i)
			}
		}
	}
}

// normal is a world as its text has it, which does not tell an empty list from none.
func normal(t *testing.T, w topology.World) []byte {
	t.Helper()
	text, err := topology.MarshalYAML(w)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(text)
}

func FuzzParseYAML(f *testing.F) {
	files, err := filepath.Glob("testdata/found/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, _, err := fuzz.ParseYAML(text)
		if err != nil {
			return
		}
		if _, err := fuzz.MarshalYAML(c); err != nil {
			t.Errorf("accepted, and cannot be written: %v", err)
		}
	})
}
