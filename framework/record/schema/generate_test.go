package schema_test

import (
	"encoding/json"
	"net/netip"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/schema"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// module is the path that all packages begin with, root where they are.
const (
	module = "github.com/vpcgate/vpcgate"
	root   = "../../.."
)

// words are the types of which a report has only some values.
func words() map[reflect.Type][]any {
	return map[reflect.Type][]any{
		reflect.TypeFor[record.Outcome](): {record.Success, record.Failure, record.NotRun, record.Partial},
		reflect.TypeFor[record.Phase](): {
			record.Preflight, record.Adopt, record.Baseline, record.Break, record.Symptom, record.Cause, record.Decoy,
			record.Stage, record.Remedy, record.Outage, record.Undo, record.Close,
		},
		reflect.TypeFor[record.Class](): {
			record.Expectation, record.Disagreement, record.Unknown, record.WrongCause, record.Lost, record.Collateral,
			record.BadScenario, record.BrokenLab, record.Leak, record.Ended, record.TheRun,
		},
		// What concerns the run itself has neither mode nor lab.
		reflect.TypeFor[topology.Mode](): {topology.Tunnel, topology.Routed, ""},
		reflect.TypeFor[lab.Name]():      {lab.Paper, lab.Netns, lab.Kind, ""},
		// What was not asked has neither protocol nor verdict.
		reflect.TypeFor[topology.Protocol](): {
			topology.TCP, topology.UDP, topology.ICMP, topology.DNSQuery, topology.AnyProtocol, "",
		},
		reflect.TypeFor[verdict.Kind](): {
			verdict.KindReached, verdict.KindDropped, verdict.KindReplyLost, verdict.KindRefused, verdict.KindRejected, verdict.KindUnreachable,
			verdict.KindAppDenied, verdict.KindStalled, verdict.KindMisdelivered, verdict.KindInconclusive, "",
		},
	}
}

// mapped are the types whose JSON does not follow from their fields.
func mapped(t reflect.Type) *jsonschema.Schema {
	if values := words()[t]; values != nil {
		return &jsonschema.Schema{Type: "string", Enum: values}
	}
	switch t {
	case reflect.TypeFor[netip.Addr]():
		return &jsonschema.Schema{Type: "string", Description: "An IP address; empty where it is not known."}
	case reflect.TypeFor[netip.Prefix]():
		return &jsonschema.Schema{Type: "string", Description: "A block of IP addresses."}
	default:
		return nil
	}
}

// generate makes the schema of a report of the types and their comments.
func generate(t *testing.T) string {
	t.Helper()
	r := jsonschema.Reflector{
		Mapper: mapped, ExpandedStruct: true, Anonymous: true,
		// Types of different packages may have one name.
		Namer: func(t reflect.Type) string {
			if t.Name() == "" {
				return "" // a list has no definition of its own
			}
			return path.Base(t.PkgPath()) + "." + t.Name()
		},
	}
	for _, dir := range []string{"record", "verdict", "topology", "triage", "diagnose", "ledger", "managed"} {
		if err := r.AddGoComments(module, root+"/framework/"+dir, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	r.CommentMap = fromRoot(r.CommentMap)
	s := r.Reflect(record.Report{})
	s.ID = jsonschema.ID("https://" + record.Schema + ".schema.json")
	s.Title = "report.json of vpcgate, " + path.Base(record.Schema)
	version, ok := s.Properties.Get("schema")
	if !ok {
		t.Fatal("a report has no schema")
	}
	version.Const = record.Schema
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// fromRoot gives comments the paths of their packages: they were found under root.
// Lines become one text.
func fromRoot(found map[string]string) map[string]string {
	all := make(map[string]string, len(found))
	for name, text := range found {
		name = module + "/" + name // the way to the root has eaten the module
		all[name] = strings.Join(strings.Fields(text), " ")
	}
	return all
}

// The schema kept here is what the types say; go test ./framework/record/schema
// -update writes it.
func TestSchema_isCurrent(t *testing.T) {
	golden.Assert(t, schema.File, generate(t))
}

// A version has a schema of its own: who changes the one has to begin the other.
func TestSchema_isOfTheVersion(t *testing.T) {
	if want := "report-" + path.Base(record.Schema) + ".schema.json"; schema.File != want {
		t.Errorf("the schema is %s, and that of %s is %s", schema.File, record.Schema, want)
	}
}
