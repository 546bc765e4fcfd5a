package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/record"
)

func runsCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "runs", Short: "list the runs that have left a report", Args: cobra.NoArgs,
		Long: "runs lists the runs in the folder for reports, the newest first: how each ended, what it was asked for and of which\n" +
			"commit it was. A report that cannot be read is listed with the reason. It exits 0, and 2 when the folder cannot be read.",
		RunE: func(c *cobra.Command, _ []string) error {
			output, err := outputOf(c)
			if err != nil {
				return err
			}
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			all, err := runsIn(settings.ArtifactRoot)
			if err != nil {
				return err
			}
			if output == "json" {
				return encodeJSON(c.OutOrStdout(), all)
			}
			return printRuns(c.OutOrStdout(), settings.ArtifactRoot, all)
		},
	}
	addOutputFlag(c, "text", "json")
	addArtifactsFlag(c)
	return c
}

// addArtifactsFlag adds the one setting of commands that only read what runs left.
func addArtifactsFlag(c *cobra.Command) {
	for _, f := range settingFlags() {
		if f.variable == config.EnvArtifacts {
			c.Flags().String(f.name, "", f.usage+" ["+f.variable+"]")
		}
	}
}

// ranOnce is a run that has left a report, in the form that machines read.
type ranOnce struct {
	ID      string         `json:"id"`
	Latest  bool           `json:"latest,omitempty"`
	Started time.Time      `json:"started,omitzero"`
	Seconds float64        `json:"seconds,omitempty"`
	Outcome record.Outcome `json:"result,omitempty"`
	Reason  string         `json:"reason,omitempty"`
	Counts  record.Counts  `json:"counts"`
	Labs    string         `json:"labs,omitempty"`
	Focus   string         `json:"focus,omitempty"`
	Filter  string         `json:"filter,omitempty"`
	Git     record.Git     `json:"git"`
	// Unreadable says why nothing else is known.
	Unreadable string `json:"unreadable,omitempty"`
}

// runsIn lists the runs under a folder, the newest first. A folder that is not there
// yet has none.
func runsIn(root string) ([]ranOnce, error) {
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	newest, _ := os.Readlink(filepath.Join(root, record.Latest)) // no link, no newest
	all := []ranOnce{}
	for _, e := range entries {
		path := filepath.Join(root, e.Name(), record.ReportFile)
		if _, err := os.Stat(path); !e.IsDir() || err != nil {
			continue
		}
		one := ranOnce{ID: e.Name(), Latest: e.Name() == newest}
		if r, err := record.Read(path); err != nil {
			one.Unreadable = err.Error()
		} else {
			one.take(r)
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b ranOnce) int {
		if c := b.Started.Compare(a.Started); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return all, nil
}

func (o *ranOnce) take(r record.Report) {
	var labs []string
	for _, l := range r.Run.Labs {
		labs = append(labs, string(l))
	}
	o.Started, o.Seconds, o.Outcome, o.Reason, o.Counts = r.Run.Started, r.Run.Seconds, r.Run.Outcome, r.Run.Reason, r.Run.Counts
	o.Labs, o.Focus, o.Filter, o.Git = strings.Join(labs, ","), r.Run.Focus, r.Run.Filter, r.Environment.Git
}

func printRuns(out io.Writer, root string, all []ranOnce) error {
	if len(all) == 0 {
		_, err := fmt.Fprintf(out, "no runs in %s\n", root)
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	// A tabwriter fails when it is flushed.
	_, _ = fmt.Fprintln(w, "run\tstarted\tresult\tsuccess\tfailure\tnot run\ttook\tgit\tlabs\tfocus")
	for _, o := range all {
		id := o.ID
		if o.Latest {
			id += " *"
		}
		if o.Unreadable != "" {
			_, _ = fmt.Fprintf(w, "%s\t%s\n", id, "unreadable: "+o.Unreadable)
			continue
		}
		took := time.Duration(o.Seconds * float64(time.Second)).Round(time.Second).String()
		git := strings.TrimSpace(o.Git.Commit[:min(len(o.Git.Commit), shortCommit)] + " " + o.Git.State)
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", id, o.Started.UTC().Format("2006-01-02 15:04:05"), o.Outcome,
			o.Counts.Success, o.Counts.Failure, o.Counts.NotRun, took, git, o.Labs, strings.TrimSpace(o.Focus+" "+o.Filter))
	}
	return w.Flush()
}

// shortCommit is how much of a commit tells it from others.
const shortCommit = 12
