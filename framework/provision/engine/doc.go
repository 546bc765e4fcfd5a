// Package engine finds the container engine that kind runs on, or brings one up
// where none runs: Debian's docker.io, started by hand with a configuration of
// our own, so that nothing of the host's is changed.
//
// An engine that runs already is used as it is and never reconfigured; when it
// could not run kind's privileged containers, that is said before anything is
// started. It makes no images and no clusters. Package provision imports it.
//
//	found, err := engine.Ensure(ctx, engine.Options{Progress: report})
//	if err != nil {
//		return err
//	}
//	fmt.Println(found.Version, found.StartedByUs)
package engine
