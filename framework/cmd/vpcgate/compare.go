package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/compare"
)

func compareCommand() *cobra.Command {
	var baselines, allowed []string
	c := &cobra.Command{
		Use: "compare OLD NEW", Short: "say what changed from one run to another", Args: cobra.ExactArgs(2),
		Long: "compare reads two reports and says what fails newly, what passes newly, what fails for another cause, whom servers\n" +
			"see instead, what takes effect later, what no longer ran, what is new, and what changed around the runs. OLD and NEW\n" +
			"are report files, folders of runs, ids of runs (`vpcgate runs` lists them), or latest.\n\n" +
			"It exits 0 when the new run is the same or better, 1 for a regression, 2 when there is nothing to compare. A core\n" +
			"scenario that no longer runs is a regression unless NEW was not asked for it: another lab, mode or focus. With\n" +
			"another label filter nobody knows, and it is none. What fails in NEW and was not executed in OLD is a regression.\n" +
			"A failure with another cause is one unless it is met in a later phase than before.\n\n" +
			wrapped(upper(compare.Rule)+". Further old runs, given with --baseline, say how much times vary.") + "\n\n" +
			"--allow takes kinds that are shown and do not count: " + kindList() + ".",
		RunE: func(c *cobra.Command, args []string) error {
			var o compare.Options
			var err error
			if o.Allowed, err = kindsOf(allowed); err != nil {
				return err
			}
			output, err := outputOf(c)
			if err != nil {
				return err
			}
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			reports, err := readRuns(settings, append(args, baselines...))
			if err != nil {
				return err
			}
			o.Baselines = reports[2:]
			result, err := compare.Runs(reports[0], reports[1], o)
			if err != nil {
				return err
			}
			if err := printComparison(c.OutOrStdout(), result, output); err != nil {
				return err
			}
			if result.Outcome == compare.Regression {
				return &exitError{status: exitFailure}
			}
			return nil
		},
	}
	c.Flags().StringArrayVar(&baselines, "baseline", nil, "a further old run; may be given several times")
	c.Flags().StringSliceVar(&allowed, "allow", nil, "kinds that make no regression, such as slower")
	addOutputFlag(c, "text", "json", "markdown", "html")
	addArtifactsFlag(c)
	return c
}

// wrapped breaks a sentence into lines of the help's width.
func wrapped(text string) string {
	const width = 116
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case at+1+len(word) > width:
			b.WriteString("\n")
			at = 0
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String()
}

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func kindList() string {
	var all []string
	for _, k := range compare.Kinds() {
		all = append(all, string(k))
	}
	return strings.Join(all, ", ")
}

func kindsOf(names []string) ([]compare.Kind, error) {
	var all []compare.Kind
	for _, name := range names {
		k := compare.Kind(name)
		if !slices.Contains(compare.Kinds(), k) {
			return nil, fmt.Errorf("unknown kind %q; %s", name, config.Suggest(name, strings.Split(kindList(), ", ")))
		}
		all = append(all, k)
	}
	return all, nil
}

func printComparison(out io.Writer, c compare.Comparison, output string) error {
	switch output {
	case "json":
		return encodeJSON(out, c)
	case "markdown":
		_, err := io.WriteString(out, c.Markdown())
		return err
	case "html":
		text, err := c.HTML()
		if err != nil {
			return err
		}
		_, err = out.Write(text)
		return err
	default:
		_, err := io.WriteString(out, c.Text())
		return err
	}
}

// readRuns reads the reports of all named runs and reports every one that cannot
// be read.
func readRuns(s config.Settings, names []string) ([]record.Report, error) {
	var all []record.Report
	var problems []error
	for _, name := range names {
		path, err := reportPath(s, name)
		if err == nil {
			var r record.Report
			r, err = record.Read(path)
			all = append(all, r)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("compare: %w", err))
		}
	}
	return all, errors.Join(problems...)
}

// reportPath is the report that a file's name, a folder, an id or latest means.
func reportPath(s config.Settings, name string) (string, error) {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		return name, nil
	}
	dir, err := runDir(s, name)
	return filepath.Join(dir, record.ReportFile), err
}
