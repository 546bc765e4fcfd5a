package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/specs"
)

// followEvery is how long a line of progress may wait to be shown: less than a
// person notices.
const followEvery = 100 * time.Millisecond

// follow prints the lines of the run's progress file as they appear, until the
// returned function is called; that function prints what is left and waits.
func (g gate) follow(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f := follower{path: filepath.Join(g.settings.ArtifactDir(), specs.ProgressFile), print: g.print}
		// It ends with the context only, and what cannot be read is not shown:
		// progress is no evidence.
		_ = poll.Until(ctx, followEvery, func(context.Context) (bool, string, error) { return false, "", f.read() })
		_ = f.read()
	}()
	return func() {
		cancel()
		<-done
	}
}

// follower reads a growing file of lines.
type follower struct {
	path  string
	print func(line string)
	at    int64
	rest  []byte
}

// read prints the lines that are new. A file that is not there yet is empty.
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
		f.print(string(f.rest[:end]))
		f.rest = f.rest[end+1:]
	}
}
