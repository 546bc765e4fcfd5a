package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/record"
)

// flag is a command-line flag that says the same as an environment variable.
type flag struct{ name, variable, usage string }

// settingFlags lists the flags of commands that take settings.
func settingFlags() []flag {
	return []flag{
		{"lab", config.EnvLab, "labs to use: paper, netns, kind, or several with commas (default all)"},
		{"mode", config.EnvMode, "modes to run in: tunnel, routed (default both)"},
		{"focus", config.EnvFocus, "regular expression over spec texts, such as SG-001"},
		{"keep", config.EnvKeep, "1 to keep clusters and worlds, and to use kept ones again"},
		{"run", config.EnvRun, "id of the run (default made from the time)"},
		{"artifacts", config.EnvArtifacts, "folder for reports (default artifacts)"},
		{"signing-key", config.EnvSigningKey, "file of an ed25519 key that signs the run's manifest (default none)"},
		{"cache", config.EnvCache, "folder for images and builds"},
		{"k8s-version", config.EnvKubernetes, "Kubernetes version (default kind's own)"},
		{"timing-factor", config.EnvTimingFactor, "factor for every duration (default 1)"},
	}
}

func addSettingFlags(c *cobra.Command) {
	for _, f := range settingFlags() {
		c.Flags().String(f.name, "", f.usage+" ["+f.variable+"]")
	}
}

// load reads the settings: flags before environment.
func load(c *cobra.Command) (config.Settings, string, error) {
	root, err := config.Root(".")
	if err != nil {
		return config.Settings{}, "", err
	}
	env := config.Environment()
	for _, f := range settingFlags() {
		if flag := c.Flags().Lookup(f.name); flag != nil && flag.Changed {
			env[f.variable] = flag.Value.String()
		}
	}
	settings, err := config.Load(env, root, time.Now())
	if err != nil {
		return settings, root, err
	}
	return settings, root, record.CheckKey(settings.SigningKey)
}
