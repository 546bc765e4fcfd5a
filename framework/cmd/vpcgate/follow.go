package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

// followEvery is how long a line of progress may wait to be shown: less than a
// person notices.
const followEvery = 100 * time.Millisecond

// follow uses the lines of a growing file as they appear, and calls seen after
// each look at it, until the returned function is called; that function uses what
// is left and waits.
func follow(ctx context.Context, f *follower, seen func()) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		// It ends with the context only, and what cannot be read is not shown:
		// progress is no evidence.
		_ = poll.Until(ctx, followEvery, func(context.Context) (bool, string, error) {
			err := f.read()
			seen()
			return false, "", err
		})
		_ = f.read()
	}()
	return func() {
		cancel()
		<-done
	}
}

// follower reads a growing file of lines.
type follower struct {
	path string
	use  func(line string)
	at   int64
	rest []byte
}

// read uses the lines that are new. A file that is not there yet is empty.
func (f *follower) read() (err error) {
	file, err := os.Open(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text, err := io.ReadAll(io.NewSectionReader(file, f.at, 1<<62))
	if err != nil {
		return err
	}
	f.at += int64(len(text))
	f.rest = append(f.rest, text...)
	for {
		end := bytes.IndexByte(f.rest, '\n')
		if end < 0 {
			return nil
		}
		f.use(string(f.rest[:end]))
		f.rest = f.rest[end+1:]
	}
}
