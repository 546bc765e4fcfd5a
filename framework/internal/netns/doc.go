// Package netns holds Linux network namespaces by file descriptor.
//
// A Namespace made by New is anonymous: nothing but this process refers to it,
// so nothing is left of it when the process dies, however it dies. Pin gives it
// a path when it has to outlive the process.
//
// The package is about namespaces and threads only. What is put into a
// namespace is the business of the packages link and nft. Only the kernel side
// of the framework (link, nft, the fabric and the wire labs, the probe agent's
// host) may import it.
//
// # Sockets
//
// A socket belongs for ever to the namespace of the thread that created it. So
// a listener or a connection of a namespace is made inside Do and used
// anywhere:
//
//	var listener net.Listener
//	err := ns.Do(func() (err error) {
//		listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp4", "10.0.0.5:5432")
//		return err
//	})
//
// Two things create sockets on threads of their own and must not be used inside
// Do: a name that needs resolving, and the "happy eyeballs" of a net.Dialer
// that tries two address families. IP literals together with the networks tcp4
// and udp4 avoid both.
//
// # Without root
//
// ReexecInUserNamespace lets an ordinary user's process run itself again as the
// root of a user namespace of its own, in which everything here works.
package netns
