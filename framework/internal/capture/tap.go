package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// Sizes of a tap: the longest frame that it takes whole, the frames that it keeps,
// and the buffer that it asks the kernel for.
const (
	longestFrame = 64 << 10
	mostFrames   = 4096
	bufferBytes  = 4 << 20
)

// Frame is what a tap kept of a frame.
type Frame struct {
	Device string
	Time   time.Time
	// Way is whether the device sent or received it.
	Way Way
	// Length is how long it was; Data may be less.
	Length int
	Data   []byte
}

// Way is which way a frame went through a device.
type Way int

const (
	// Received by the device.
	Received Way = iota
	// Sent by the device.
	Sent
)

// Heard is what one hop's tap has kept.
type Heard struct {
	// Hop is the hop's name, Note what is to be said of it.
	Hop, Note string
	Frames    []Frame
	// Lost are frames, of the flow or not, for which there was no room.
	Lost int
}

// Tap hears every device of a namespace. It is stopped once.
type Tap struct {
	hop     string
	filter  Filter
	socket  *os.File
	devices map[int]string
	heard   Heard
	ended   chan error
}

// Open begins to hear a namespace for a flow.
func Open(ns *netns.Namespace, hop string, f Filter) (*Tap, error) {
	links, err := link.List(ns)
	if err != nil {
		return nil, fmt.Errorf("capture at %s: %w", hop, err)
	}
	t := &Tap{hop: hop, filter: f, devices: map[int]string{}, heard: Heard{Hop: hop}, ended: make(chan error, 1)}
	for _, l := range links {
		t.devices[l.Index] = l.Name
	}
	fd := -1
	err = ns.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("capture at %s: open packet socket: %w", hop, err)
	}
	t.socket = os.NewFile(uintptr(fd), "capture at "+hop)
	if err := t.begin(fd); err != nil {
		return nil, errors.Join(fmt.Errorf("capture at %s: %w", hop, err), t.socket.Close())
	}
	go func() { t.ended <- t.listen() }()
	return t, nil
}

func (t *Tap) begin(fd int) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bufferBytes) != nil {
		// Without privilege it may be smaller; what does not fit is counted.
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bufferBytes); err != nil {
			return err
		}
	}
	return errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL)}),
	)
}

// networkOrder is a protocol as a packet socket's address has it.
func networkOrder(protocol uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, protocol))
}

// listen reads until the deadline that Stop sets.
func (t *Tap) listen() error {
	raw, err := t.socket.SyscallConn()
	if err != nil {
		return err
	}
	frame, control := make([]byte, longestFrame), make([]byte, 512)
	for {
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			failed = t.receive(int(fd), frame, control)
			return !errors.Is(failed, unix.EAGAIN)
		})
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return t.drain(raw.Control, frame, control)
		case err != nil:
			return err
		case failed != nil && !errors.Is(failed, unix.EINTR) && !errors.Is(failed, unix.ENETDOWN):
			return failed
		}
	}
}

// drain reads what waits already.
func (t *Tap) drain(control func(func(fd uintptr)) error, frame, oob []byte) error {
	var failed error
	err := control(func(fd uintptr) {
		for failed == nil || errors.Is(failed, unix.EINTR) || errors.Is(failed, unix.ENETDOWN) {
			failed = t.receive(int(fd), frame, oob)
		}
		if errors.Is(failed, unix.EAGAIN) {
			failed = nil
		}
		if stats, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			t.heard.Lost += int(stats.Drops)
		}
	})
	return errors.Join(err, failed)
}

// receive takes one frame.
func (t *Tap) receive(fd int, frame, control []byte) error {
	n, controls, _, from, err := unix.Recvmsg(fd, frame, control, unix.MSG_TRUNC)
	if err != nil {
		return err
	}
	at, ok := from.(*unix.SockaddrLinklayer)
	if !ok {
		return fmt.Errorf("a frame from a %T", from)
	}
	whole := frame[:min(n, len(frame))]
	kept := t.filter.Keep(whole)
	switch {
	case kept == 0:
		return nil
	case len(t.heard.Frames) == mostFrames:
		t.heard.Lost++
		return nil
	}
	f := Frame{Device: t.devices[at.Ifindex], Time: stampOf(control[:controls]), Length: n, Data: slices.Clone(whole[:kept])}
	if f.Device == "" {
		f.Device = fmt.Sprintf("link %d", at.Ifindex)
	}
	if at.Pkttype == unix.PACKET_OUTGOING {
		f.Way = Sent
	}
	t.heard.Frames = append(t.heard.Frames, f)
	return nil
}

// stampOf is when the kernel saw a frame, or now where it does not say.
func stampOf(control []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return time.Now()
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		}
	}
	return time.Now()
}

// Stop ends the capture and returns what was heard, also beside an error.
func (t *Tap) Stop() (Heard, error) {
	err := t.socket.SetReadDeadline(time.Unix(0, 1))
	if err == nil {
		err = <-t.ended
	}
	if err = errors.Join(err, t.socket.Close()); err != nil {
		err = fmt.Errorf("capture at %s: %w", t.hop, err)
	}
	return t.heard, err
}
