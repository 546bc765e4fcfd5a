package page

import (
	"strconv"
)

// pool holds each value once and names it, so that what a run repeats thousands of
// times, such as the path of a control, is in the page once.
type pool[T any] struct {
	prefix string
	names  map[string]string
	All    []pooled[T]
}

// pooled is a value with the name that links lead to.
type pooled[T any] struct {
	ID    string
	Value T
}

func newPool[T any](prefix string) *pool[T] {
	return &pool[T]{prefix: prefix, names: map[string]string{}}
}

// ref names the value of a key, which it makes when it is the first.
func (p *pool[T]) ref(key string, value func() T) string {
	if name, known := p.names[key]; known {
		return name
	}
	name := p.prefix + strconv.Itoa(len(p.All)+1)
	p.names[key] = name
	p.All = append(p.All, pooled[T]{ID: name, Value: value()})
	return name
}
