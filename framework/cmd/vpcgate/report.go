package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/page"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

func reportCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "report RUN", Short: "render the HTML report of a run again", Args: cobra.ExactArgs(1),
		Long: "report reads the report of a run, by its id, its folder or latest, and renders the page that the run left as\n" +
			page.File + ": one file that needs no network. It takes nothing but what is in the folder. It writes the page into\n" +
			"the run's folder, or where --to says, which may be - for standard output, and prints where. It exits 1 where\n" +
			"the run's report cannot be read, or where its folder is sealed and this version renders the page otherwise.",
		RunE: func(c *cobra.Command, args []string) error {
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			to, err := c.Flags().GetString("to")
			if err != nil {
				return err
			}
			output, err := outputOf(c)
			if err != nil {
				return err
			}
			return failed(reportOn(settings, args[0], to, output, c.OutOrStdout()))
		},
	}
	addArtifactsFlag(c)
	c.Flags().String("to", "", "file to write, or - (default "+page.File+" in the run's folder)")
	addOutputFlag(c, "text", "json")
	return c
}

// written says where a page is, in the form that machines read.
type written struct {
	Run    string         `json:"run"`
	Result record.Outcome `json:"result"`
	File   string         `json:"file"`
	Bytes  int            `json:"bytes"`
}

func reportOn(s config.Settings, run, to, output string, out io.Writer) error {
	dir, err := runDir(s, run)
	if err != nil {
		return err
	}
	report, err := record.Read(filepath.Join(dir, record.ReportFile))
	if err != nil {
		return err
	}
	of, err := scenariosIn(dir, report)
	if err != nil {
		return err
	}
	text, err := page.Render(report, of)
	if err != nil {
		return err
	}
	if to == "-" {
		_, err := out.Write(text)
		return err
	}
	if to == "" {
		to = filepath.Join(dir, page.File)
		if err := keepsSeal(dir, to, text); err != nil {
			return err
		}
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	if output == "json" {
		return encodeJSON(out, written{Run: report.Run.ID, Result: report.Run.Outcome, File: to, Bytes: len(text)})
	}
	_, err = fmt.Fprintf(out, "page    %s (%.1f MB)\nresult  %s\n", to, float64(len(text))/1e6, report.Run.Outcome)
	return err
}

// scenariosIn reads the scenarios that a run left in its folder. Folders of older
// versions have none: their pages show the report's sketches instead of drawings.
func scenariosIn(dir string, r record.Report) (map[string]scenario.Scenario, error) {
	all := map[string]scenario.Scenario{}
	for _, result := range r.Results {
		if _, read := all[result.Scenario]; read || result.Scenario == record.RunItself {
			continue
		}
		s, err := record.ReadScenario(dir, result.Scenario)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		default:
			all[s.ID] = s
		}
	}
	return all, nil
}

// errSealed is a page that would break the seal of its run's folder.
var errSealed = errors.New("the folder is sealed and this version renders the page otherwise; give --to FILE")

// keepsSeal refuses to change what the manifest of a run's folder holds.
func keepsSeal(dir, path string, text []byte) error {
	if _, err := os.Stat(filepath.Join(dir, seal.File)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if was, err := os.ReadFile(path); err != nil || !bytes.Equal(was, text) {
		return fmt.Errorf("write page %s: %w", path, errSealed)
	}
	return nil
}

// runDir is the folder of a run that is named by its id, by latest or by the folder.
func runDir(s config.Settings, run string) (string, error) {
	for _, dir := range []string{filepath.Join(s.ArtifactRoot, run), run} {
		info, err := os.Stat(dir)
		switch {
		case err == nil && info.IsDir():
			return dir, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("find run %s: %w", run, err)
		}
	}
	return "", fmt.Errorf("find run %s: there is no such folder, here or in %s; give a run's id, its folder or latest", run, s.ArtifactRoot)
}
