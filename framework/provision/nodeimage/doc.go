// Package nodeimage makes the image that kind's nodes, the gateways and the
// peers run from: the one kind names where a registry can be reached, else one
// built offline from Debian packages and Go modules.
//
// The image is named by the content that goes into it, so it is never built
// twice; each component is a file in the cache, so an interrupted build goes on
// where it stopped. It does not start the engine and creates no cluster. Package
// provision imports it; the command line asks through that.
//
//	image, err := nodeimage.Ensure(ctx, nodeimage.Options{Progress: report})
//	if err != nil {
//		return err
//	}
//	fmt.Println(image.Ref)
package nodeimage
