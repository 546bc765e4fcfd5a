package cmd

import (
	"bytes"
	"sync"
)

// lines cuts the streams of one program into lines and keeps the last ones.
type lines struct {
	mu     sync.Mutex
	onLine func(from Stream, line string)
	last   []string
}

// stream returns the writer of one stream.
func (l *lines) stream(from Stream) *lineWriter { return &lineWriter{lines: l, from: from} }

// add reports one line and keeps it among the last.
func (l *lines) add(from Stream, line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = append(l.last, line)
	if len(l.last) > tailLines {
		l.last = l.last[1:]
	}
	if l.onLine != nil {
		l.onLine(from, line)
	}
}

// lineWriter collects what one stream writes until its line is complete.
type lineWriter struct {
	lines *lines
	from  Stream
	rest  []byte
}

// Write takes bytes of the stream; it never fails.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 {
			return len(p), nil
		}
		w.lines.add(w.from, string(bytes.TrimSuffix(w.rest[:end], []byte("\r"))))
		w.rest = w.rest[end+1:]
	}
}

// flush reports a last line that had no line end.
func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.lines.add(w.from, string(w.rest))
		w.rest = nil
	}
}
