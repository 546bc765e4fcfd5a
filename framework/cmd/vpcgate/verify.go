package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/record/seal"
)

func verifyCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "verify RUN", Short: "find what was edited in a run's folder since the run wrote it", Args: cobra.ExactArgs(1),
		Long: "verify holds the folder of a run, named by its id, its folder or latest, against its " + seal.File + ": the hash of\n" +
			"every file, and the chain of hashes over the results of " + seal.ReportFile + ". It names each file that was edited, added\n" +
			"or is missing, and each result that was edited, added, removed or moved.\n\n" +
			"By itself this finds edits and no forger: who edits the folder and makes a new manifest for it leaves a folder that\n" +
			"agrees with itself. Two things find that as well. --head takes the head that the run printed at its end and that\n" +
			"was kept elsewhere. --key takes the public key (PEM) of the one that signed the run (" + config.EnvSigningKey + "); make a\n" +
			"pair with `openssl genpkey -algorithm ed25519 -out run.key` and `openssl pkey -in run.key -pubout -out run.pub`.\n" +
			"What a run wrote is not thereby true: who ran it may have run something else.\n\n" +
			"It exits 0 when all is as it was, 1 when something is not, 2 when nothing can be said: there is no such run, or it\n" +
			"has no manifest, as one that did not finish.",
		RunE: func(c *cobra.Command, args []string) error {
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			output, err := outputOf(c)
			if err != nil {
				return err
			}
			expect, err := expected(c)
			if err != nil {
				return err
			}
			dir, err := runDir(settings, args[0])
			if err != nil {
				return err
			}
			v, err := seal.Verify(dir, expect)
			if err != nil {
				return err
			}
			if err := showVerification(c.OutOrStdout(), v, output); err != nil {
				return err
			}
			if !v.Intact() {
				return &exitError{status: exitFailure}
			}
			return nil
		},
	}
	addArtifactsFlag(c)
	c.Flags().String("head", "", "head that the run printed, sha256:…")
	c.Flags().String("key", "", "file of the public key that has to have signed the run")
	addOutputFlag(c, "text", "json")
	return c
}

// expected is what the command line knows of a run from elsewhere.
func expected(c *cobra.Command) (seal.Expect, error) {
	var e seal.Expect
	head, err := c.Flags().GetString("head")
	if err != nil {
		return e, err
	}
	if c.Flags().Changed("head") {
		if e.Head, err = seal.ParseHead(head); err != nil {
			return e, err
		}
	}
	file, err := c.Flags().GetString("key")
	if err != nil {
		return e, err
	}
	if c.Flags().Changed("key") {
		e.Key, err = seal.ReadPublicKey(file)
	}
	return e, err
}

// verified is a verification in the form that machines read.
type verified struct {
	Intact bool `json:"intact"`
	seal.Verification
	// Caveat says what the proof does not prove.
	Caveat string `json:"caveat,omitempty"`
}

func showVerification(out io.Writer, v seal.Verification, output string) error {
	if output == "json" {
		return encodeJSON(out, verified{Intact: v.Intact(), Verification: v, Caveat: v.Proof.Caveat()})
	}
	_, err := io.WriteString(out, v.Text())
	return err
}
