package verdict_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/vpcgate/vpcgate/framework/verdict"
)

func TestForm_reads(t *testing.T) {
	for text, want := range map[string]verdict.Verdict{
		"{kind: reached, seenAs: pod-a}":                                                    verdict.ReachedAs("pod-a"),
		"{kind: refused}":                                                                   verdict.Refused(),
		"{kind: dropped, hop: vpc, rule: dcs/cache/one-vpc}":                                verdict.Dropped("vpc", verdict.DCSOneVPC("cache")),
		"{kind: app-denied, by: cache, code: wrong-password}":                               verdict.AppDenied("cache", verdict.WrongPassword),
		"{kind: app-denied, by: cache, code: not-listed}":                                   verdict.AppDenied("cache", verdict.NotListed),
		"{kind: app-denied, by: cache, code: data-lost}":                                    verdict.AppDenied("cache", verdict.DataLost),
		"{kind: app-denied, by: cache, code: other-protocol}":                               verdict.AppDenied("cache", verdict.OtherProtocol),
		"{kind: rejected, hop: vpc, rule: whitelist/cache, code: reset}":                    verdict.RejectedBy("vpc", verdict.Whitelist("cache"), verdict.ConnectionReset),
		"{kind: rejected, hop: node-1, code: no-endpoints}":                                 verdict.Rejected("node-1", verdict.NoEndpoints),
		"{kind: reply-lost, arrivedAt: ecs, hop: ecs, rule: engine/ecs/modelarts-services}": verdict.ReplyLost("ecs", "ecs", verdict.EngineNetwork("ecs", "modelarts-services")),
	} {
		var f verdict.Form
		if err := yaml.Unmarshal([]byte(text), &f); err != nil || f.Verdict != want {
			t.Errorf("%s: got %+v, %v", text, f.Verdict, err)
		}
	}
}

func TestForm_refuses(t *testing.T) {
	for text, want := range map[string]string{
		"{kind: inconclusive}":                                `line 1: unknown kind "inconclusive" of a verdict`,
		"{kind: app-denied, by: cache, code: wrong-passwort}": `line 1: unknown code "wrong-passwort" of a service; it is one of [wrong-password not-listed data-lost other-protocol]`,
		"{kind: app-denied, by: cache}":                       `line 1: unknown code "" of a service`,
		"{kind: app-denied, code: wrong-password}":            "line 1: by whom it is denied is missing",
		"{kind: reached, seen: pod-a}":                        "field seen not found",
	} {
		var f verdict.Form
		if err := yaml.Unmarshal([]byte(text), &f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
