package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
)

// relay joins the standard streams with the control socket, so that one exec carries many requests. It ends when
// either side does: the end of input is passed on as the end of the connection.
func relay(ctx context.Context, s streams, args []string) error {
	set := flag.NewFlagSet("relay", flag.ContinueOnError)
	control := controlFlag(set, s)
	if err := parse(set, s, args); err != nil {
		return err
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", *control)
	if err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	// The goroutine may be left reading standard input, which cannot be interrupted; the process ends then.
	go func() {
		_, _ = io.Copy(conn, s.in)
		_ = conn.Close()
	}()
	if _, err := io.Copy(s.out, conn); err != nil && !errors.Is(err, net.ErrClosed) && ctx.Err() == nil {
		return fmt.Errorf("relay: %w", err)
	}
	return nil
}
