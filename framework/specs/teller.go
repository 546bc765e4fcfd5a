package specs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ProgressFile, in the run's folder, gets a line for each result and each step
// of a preparation, from every process of the suite, as it happens. Ginkgo
// itself shows what a parallel process prints only once its spec has ended.
const ProgressFile = "progress.log"

// teller writes progress lines with the time since the run began. A nil teller
// tells nobody.
type teller struct {
	mu      sync.Mutex
	started time.Time
	to      io.Writer
	file    *os.File
}

// newTeller opens the progress file of a run; also, which may be nil, gets the
// same lines.
func newTeller(dir string, started time.Time, also io.Writer) (*teller, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open progress file: %w", err)
	}
	// Every process appends; a line is one write, so that lines stay whole.
	f, err := os.OpenFile(filepath.Join(dir, ProgressFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open progress file: %w", err)
	}
	to := io.Writer(f)
	if also != nil {
		to = io.MultiWriter(f, also)
	}
	return &teller{started: started, to: to, file: f}, nil
}

// tell writes one line. A line that cannot be written is lost: progress is no
// evidence.
func (t *teller) tell(line string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	line = strings.ReplaceAll(strings.TrimRight(line, "\n"), "\n", "\n          ")
	_, _ = fmt.Fprintf(t.to, "[%6.1fs] %s\n", time.Since(t.started).Seconds(), line)
}

func (t *teller) close() error {
	if t == nil {
		return nil
	}
	err := t.file.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
