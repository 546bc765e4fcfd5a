// Package serviceimage makes the images of the servers that stand for managed
// services: Redis, MariaDB and RabbitMQ, each with what its own clients and a
// person who looks around need, on one layer that all three share.
//
// An image is pulled where its registry answers, else built from Debian packages
// alone, without documentation, translations, test data and initial databases. A
// built one is named by what goes into it, so it is never built twice. Only worlds
// with such services need them; the kind lab asks for them then.
//
// Built or pulled, an image has a shell and its server on the path. How the server
// is started is said by whoever starts it.
//
//	image, err := serviceimage.Ensure(ctx, serviceimage.Redis, serviceimage.Options{Progress: report})
//	if err != nil {
//		return err
//	}
//	fmt.Println(image.Ref)
package serviceimage
