// Package cmd runs programs. It is the only package of the module that may
// import os/exec, so that every program is run in the same way: it ends with
// its context together with all its children, and its failure carries the
// command to paste, the exit status and the end of its output.
//
// It is not a shell: arguments are passed as they are, nothing is expanded.
// Any package of the framework may import it.
//
//	result, err := cmd.Run(ctx, cmd.Command{Name: "docker", Args: []string{"version"}})
//	if err != nil {
//		return fmt.Errorf("ask engine: %w", err)
//	}
//	fmt.Println(result.Stdout)
package cmd
