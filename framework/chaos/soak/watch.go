package soak

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"time"
)

// Watch collects looks. It is safe for concurrent use.
type Watch struct {
	mu sync.Mutex
	// part is how long a stretch is of which one point is kept; zero keeps every look.
	part   time.Duration
	points []Point
	begun  bool
}

// Begin watches a run of a length; of zero is one of which nobody knows how long it takes. It looks at once.
func Begin(length time.Duration) *Watch {
	w := &Watch{part: length / parts}
	runtime.GC() // so that there is a heap to speak of
	w.enter(look(0))
	return w
}

// Look looks at what the process holds, so long after the beginning.
func (w *Watch) Look(at time.Duration) { w.enter(look(at)) }

// End collects garbage, looks for the last time, and judges. A run shorter than that is too short to tell.
func (w *Watch) End(at, shortest time.Duration) Soak {
	runtime.GC()
	w.mu.Lock()
	w.begun = false
	w.mu.Unlock()
	w.enter(look(at))
	w.mu.Lock()
	defer w.mu.Unlock()
	return Judge(w.points, at, shortest)
}

// enter keeps the least of each stretch. Where the length was not known, the points are thinned when they are twice too many.
func (w *Watch) enter(p Point) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.points)
	if w.begun && n > 1 && w.part > 0 && p.At/w.part == w.points[n-1].At/w.part {
		w.points[n-1] = lesser(w.points[n-1], p)
		return
	}
	w.points, w.begun = append(w.points, p), true
	if len(w.points) <= 2*parts+2 {
		return
	}
	thin := w.points[:1:1]
	for i := 1; i+1 < len(w.points); i += 2 {
		thin = append(thin, lesser(w.points[i], w.points[i+1]))
	}
	w.points, w.part = thin, max(2*w.part, p.At/parts)
}

func lesser(a, b Point) Point {
	return Point{
		At: b.At, Goroutines: min(a.Goroutines, b.Goroutines), Heap: min(a.Heap, b.Heap), Files: min(a.Files, b.Files),
		Namespaces: min(a.Namespaces, b.Namespaces),
	}
}

// look reads what the process holds. What cannot be read is zero, and grows by nothing.
func look(at time.Duration) Point {
	const live = "/gc/heap/live:bytes"
	m := []metrics.Sample{{Name: live}}
	metrics.Read(m)
	p := Point{At: at, Goroutines: float64(runtime.NumGoroutine()), Heap: float64(m[0].Value.Uint64())}
	files, spaces := held()
	p.Files, p.Namespaces = float64(files), float64(spaces)
	return p
}

// held counts the file descriptors of the process, and the network namespaces that it holds by one or has a thread in.
func held() (files, spaces int) {
	const self = "/proc/self"
	seen := map[string]bool{}
	note := func(path string) {
		if to, err := os.Readlink(path); err == nil && strings.HasPrefix(to, "net:[") {
			seen[to] = true
		}
	}
	entries, err := os.ReadDir(filepath.Join(self, "fd"))
	if err != nil {
		return 0, 0
	}
	for _, e := range entries {
		note(filepath.Join(self, "fd", e.Name()))
	}
	threads, err := os.ReadDir(filepath.Join(self, "task"))
	if err == nil {
		for _, t := range threads {
			note(filepath.Join(self, "task", t.Name(), "ns", "net"))
		}
	}
	return len(entries) - 1, len(seen) // one is the folder that is being read
}
