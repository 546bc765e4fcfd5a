package record

import (
	"encoding/xml"
	"fmt"
	"path"
	"strings"
	"time"
)

// The part of the JUnit schema that CI systems read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Class     string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Failure   *junitMessage `xml:"failure,omitempty"`
		Skipped   *junitMessage `xml:"skipped,omitempty"`
		SystemOut string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit renders a report for CI systems. The cases' names are stable over runs.
func JUnit(r Report) ([]byte, error) {
	suite := junitSuite{
		Name: "vpcgate", Tests: len(r.Results), Failures: r.Run.Counts.Failure, Skipped: r.Run.Counts.NotRun,
		Time: seconds(r.Run.Seconds), Timestamp: r.Run.Started.UTC().Format(time.RFC3339),
		Properties: []junitProperty{
			{"run", r.Run.ID},
			{"result", string(r.Run.Outcome)},
			{"kernel", r.Environment.Kernel},
			{"commit", r.Environment.Git.Commit},
			{"nodeImage", r.Environment.NodeImage.Digest},
		},
	}
	lookAt := path.Join("artifacts", r.Run.ID, ReportFile)
	used := map[string]int{}
	for _, result := range r.Results {
		c := junitOf(result, lookAt)
		// Readers keep one of two cases of a name.
		if used[c.Name]++; used[c.Name] > 1 {
			c.Name += fmt.Sprintf(" (%d)", used[c.Name])
		}
		suite.Cases = append(suite.Cases, c)
	}
	text, err := xml.MarshalIndent(junitSuites{
		Name: "vpcgate", Tests: suite.Tests, Failures: suite.Failures, Skipped: suite.Skipped, Time: suite.Time,
		Suites: []junitSuite{suite},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("render JUnit: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

func junitOf(r Result, lookAt string) junitCase {
	c := junitCase{Name: r.Name(), Class: "vpcgate." + orNone(string(r.Family), "run"), Time: seconds(r.Seconds)}
	if r.Scenario == RunItself && r.Title != "" {
		c.Name += " " + r.Title
	}
	switch r.Outcome {
	case Success:
	case NotRun:
		c.Skipped = &junitMessage{Message: firstLine(r.Reason), Text: r.Reason}
	default:
		c.Failure = &junitMessage{Message: firstLine(r.Reason), Type: string(r.Class), Text: FailureBlock(r, lookAt) + "\n"}
		c.SystemOut = r.transcripts()
	}
	return c
}

// transcripts is what the probes of a result printed, phase by phase.
func (r Result) transcripts() string {
	var b strings.Builder
	for _, p := range r.Phases {
		for _, c := range p.Checks {
			if c.Observation.Transcript != "" {
				fmt.Fprintf(&b, "# %s: %s\n%s\n", p.Phase, c.Observation.Flow, strings.TrimRight(c.Observation.Transcript, "\n"))
			}
		}
	}
	return b.String()
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }
