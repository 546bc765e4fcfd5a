// Package hostimage makes the image of a cloud host's container engine: the node
// image and, on top, Debian's Docker daemon and client. It brings no container
// runtime of its own, since the node image has one.
//
// It is built by the engine that runs on this machine, from Debian packages
// alone, and named by what goes into it, so it is never built twice. Only a world
// with a container engine on a host needs it; the kind lab asks for it then.
//
//	image, err := hostimage.Ensure(ctx, hostimage.Options{Base: node.Ref, Progress: report})
//	if err != nil {
//		return err
//	}
//	fmt.Println(image.Ref)
package hostimage
