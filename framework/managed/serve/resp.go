package serve

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bounds of a command in Redis' protocol: what a client of a lab sends is small.
const (
	maxArguments = 1 << 10
	maxArgument  = 1 << 20
)

// errNotRedis is what a client speaks that speaks something else.
var errNotRedis = errors.New("not a command of Redis")

// readCommand reads one command, an array of bulk strings, which is the only form
// that client libraries send. It is never empty.
//
// Source: Redis serialization protocol specification.
func readCommand(r *bufio.Reader) ([]string, error) {
	n, err := readLength(r, '*', maxArguments)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fmt.Errorf("%w: it is empty", errNotRedis)
	}
	command := make([]string, n)
	for i := range command {
		size, err := readLength(r, '$', maxArgument)
		if err != nil {
			return nil, err
		}
		text := make([]byte, size+len("\r\n"))
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, fmt.Errorf("read argument: %w", err)
		}
		command[i] = string(text[:size])
	}
	return command, nil
}

// readLength reads a line of a kind and a number of at most so much.
func readLength(r *bufio.Reader, kind byte, most int) (int, error) {
	line, err := r.ReadSlice('\n') // the reader's buffer bounds it
	if err != nil {
		return 0, fmt.Errorf("read length: %w", err)
	}
	text := strings.TrimRight(string(line), "\r\n")
	if text == "" || text[0] != kind {
		return 0, fmt.Errorf("%w: %q", errNotRedis, text)
	}
	n, err := strconv.Atoi(text[1:])
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%w: length %q", errNotRedis, text)
	}
	return n, nil
}
