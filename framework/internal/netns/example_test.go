package netns_test

import (
	"context"
	"fmt"
	"net"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// A listener and a connection of a namespace are made inside Do and used
// anywhere.
func ExampleNamespace_Do() {
	ctx := context.Background()
	ns, err := netns.New("db-vm")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = ns.Close() }()

	var listener net.Listener
	err = ns.Do(func() (err error) {
		listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:5432")
		return err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = listener.Close() }()

	var conn net.Conn
	err = ns.Do(func() (err error) {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp4", "127.0.0.1:5432")
		return err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ns, "answers on", conn.RemoteAddr())
	_ = conn.Close()
	// Output: db-vm answers on 127.0.0.1:5432
}
