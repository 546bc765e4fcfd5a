package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func completionCommand() *cobra.Command {
	shells := map[string]func(root *cobra.Command, out io.Writer) error{
		"bash":       func(root *cobra.Command, out io.Writer) error { return root.GenBashCompletionV2(out, true) },
		"zsh":        func(root *cobra.Command, out io.Writer) error { return root.GenZshCompletion(out) },
		"fish":       func(root *cobra.Command, out io.Writer) error { return root.GenFishCompletion(out, true) },
		"powershell": func(root *cobra.Command, out io.Writer) error { return root.GenPowerShellCompletionWithDesc(out) },
	}
	names := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use: "completion SHELL", Short: "print what completes commands, runs and scenarios in a shell",
		Args: cobra.ExactArgs(1), ValidArgs: names,
		Long: "completion prints a script for bash, zsh, fish or powershell. Once the shell has read it, the tab key completes\n" +
			"commands, flags, labs, modes, the ids of scenarios, and those of the runs that have left a report:\n\n" +
			"  bash        source <(vpcgate completion bash)      # needs the package bash-completion\n" +
			"  zsh         source <(vpcgate completion zsh)       # after compinit\n" +
			"  fish        vpcgate completion fish | source\n" +
			"  powershell  vpcgate completion powershell | Out-String | Invoke-Expression",
		RunE: func(c *cobra.Command, args []string) error {
			generate := shells[args[0]]
			if generate == nil {
				return fmt.Errorf("unknown shell %q; %s", args[0], config.Suggest(args[0], names))
			}
			return failed(generate(c.Root(), c.OutOrStdout()))
		},
	}
}

// suggest gives the completions of a word; none means files.
type suggest func(c *cobra.Command) []string

// completed makes the words complete that the usage of a command names, and its
// flags, in it and in all below it.
func completed(c *cobra.Command) {
	for _, sub := range c.Commands() {
		completed(sub)
	}
	completedFlags(c)
	words := strings.Fields(c.Use)[1:]
	if len(words) > 0 && len(c.ValidArgs) == 0 && c.ValidArgsFunction == nil {
		c.ValidArgsFunction = func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) >= len(words) {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			switch strings.Trim(words[len(args)], "[].") {
			case "RUN", "OLD", "NEW": // ids, or files
				return begins(typed, runIDs(c)), cobra.ShellCompDirectiveDefault
			case "SCENARIO":
				return begins(typed, scenarioIDs(c)), cobra.ShellCompDirectiveNoFileComp
			case "FLOW":
				return nil, cobra.ShellCompDirectiveNoFileComp
			default:
				return nil, cobra.ShellCompDirectiveDefault
			}
		}
	}
}

func completedFlags(c *cobra.Command) {
	flags := map[string]suggest{
		"lab": func(*cobra.Command) []string { return texts(lab.Names()) }, "mode": func(*cobra.Command) []string { return texts(topology.Modes()) },
		"focus": scenarioIDs, "scenario": scenarioIDs, "suite": func(*cobra.Command) []string { return suiteNames() }, "run": nil, "output": outputsOf, "keep": func(*cobra.Command) []string { return []string{"0", "1"} },
	}
	for name, of := range flags {
		if f := c.Flags().Lookup(name); f == nil || f.Value.Type() == "bool" {
			continue
		}
		// It fails for a flag that is not there, or that completes already.
		_ = c.RegisterFlagCompletionFunc(name, func(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			if of == nil { // a name of one's own
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			if name == "lab" || name == "mode" {
				return listOf(typed, of(c)), cobra.ShellCompDirectiveNoFileComp
			}
			return begins(typed, of(c)), cobra.ShellCompDirectiveNoFileComp
		})
	}
}

// listOf completes the last word of a comma list with what it does not hold yet.
func listOf(typed string, words []string) []string {
	had := strings.Split(typed, ",")
	before := strings.Join(had[:len(had)-1], ",")
	if before != "" {
		before += ","
	}
	var all []string
	for _, w := range begins(had[len(had)-1], words) {
		if !slices.Contains(had[:len(had)-1], w) {
			all = append(all, before+w)
		}
	}
	return all
}

// begins are the words that begin with what was typed, in any case of letters.
func begins(typed string, words []string) []string {
	var all []string
	for _, w := range words {
		if len(w) >= len(typed) && strings.EqualFold(w[:len(typed)], typed) {
			all = append(all, w)
		}
	}
	return all
}

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// scenarioIDs are those of the catalogue.
func scenarioIDs(*cobra.Command) []string {
	catalogue := scenarios.Catalogue()
	all := make([]string, len(catalogue))
	for i, s := range catalogue {
		all[i] = s.ID
	}
	return all
}

// runIDs are those of the runs that have left a report, the newest first. Where
// settings are wrong there are none: nobody wants an error for a tab.
func runIDs(c *cobra.Command) []string {
	settings, _, err := load(c)
	if err != nil {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(settings.ArtifactRoot, "*", record.ReportFile))
	if err != nil {
		return nil
	}
	var all []string
	for _, path := range slices.Backward(paths) {
		id := filepath.Base(filepath.Dir(path))
		if info, err := os.Lstat(filepath.Dir(path)); err == nil && info.IsDir() && id != record.Latest {
			all = append(all, id)
		}
	}
	if len(all) > 0 {
		all = append(all, record.Latest)
	}
	return all
}

// outputsOf are the forms that a command's flag says it can print.
func outputsOf(c *cobra.Command) []string {
	usage, _, _ := strings.Cut(c.Flags().Lookup("output").Usage, ":")
	return slices.DeleteFunc(regexp.MustCompile(`[a-z]+`).FindAllString(usage, -1), func(w string) bool { return w == "or" })
}
