// Package provision makes ready what real clusters need and a fresh machine
// lacks: a container engine, the node image, and the probe agent's image.
//
// Each part is a package of its own below this one and can be asked for alone.
// Nothing here creates a cluster, and nothing here is needed by the labs that
// use none. The command line and the kind lab's set-up import it.
//
//	ready, err := provision.Prepare(ctx, provision.Options{}, report)
//	if err != nil {
//		return err
//	}
//	fmt.Println(ready.Node.Ref, ready.Agent.Ref)
package provision
