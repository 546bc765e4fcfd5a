package netns

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// ErrClosed is matched by the errors of operations on a closed Namespace.
var ErrClosed = errors.New("namespace is closed")

// threadNetns is the calling thread's own network namespace.
const threadNetns = "/proc/thread-self/ns/net"

// Namespace is a handle to a network namespace. The owner closes it.
//
// All methods are safe for concurrent use. The zero value is not usable; get
// one from New, FromPID or FromPath.
type Namespace struct {
	name string

	mu   sync.Mutex
	fd   int // -1 once closed
	kept map[any]io.Closer

	// trouble is nil outside of tests.
	trouble *Trouble
}

// New creates an anonymous network namespace whose loopback interface is up.
//
// Its IPv4 kernel parameters start with the host's present values, not with the
// kernel's defaults: set those that matter (link.RouterSettings, GuestSettings).
//
// The name appears in messages only and has no meaning to the kernel. The
// namespace exists as long as the handle is open or a process, an interface's
// peer or a pinned path refers to it. It needs CAP_SYS_ADMIN, see
// ReexecInUserNamespace.
func New(name string) (*Namespace, error) {
	fd := -1
	err := onOwnThread(func() (bool, error) {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return true, err
		}
		// From here on the thread is not the process's any more; it dies.
		var err error
		fd, err = unix.Open(threadNetns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		return false, err
	})
	if err != nil {
		return nil, fmt.Errorf("create namespace %s: %w", name, err)
	}
	n := &Namespace{name: name, fd: fd}
	if err := n.raiseLoopback(); err != nil {
		return nil, errors.Join(fmt.Errorf("create namespace %s: raise lo: %w", name, err), n.Close())
	}
	return n, nil
}

// FromPID opens the network namespace of a process, such as a container's
// first. The handle stays valid after the process has ended.
func FromPID(pid int) (*Namespace, error) {
	n, err := FromPath(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return nil, err
	}
	n.name = fmt.Sprintf("pid %d", pid)
	return n, nil
}

// FromPath opens the network namespace that a file refers to: a pinned one, one
// of /run/netns, or a link below /proc. The path serves as the handle's name.
// A file that is something else is an error.
func FromPath(path string) (*Namespace, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open namespace %s: %w", path, err)
	}
	if err := checkNetns(fd); err != nil {
		return nil, errors.Join(fmt.Errorf("open namespace %s: %w", path, err), unix.Close(fd))
	}
	return &Namespace{name: path, fd: fd}, nil
}

// Named gives the handle another name for messages and returns it. It is meant
// for the moment after FromPID or FromPath, before the handle is shared.
func (n *Namespace) Named(name string) *Namespace {
	n.name = name
	return n
}

// Name returns the name used in messages.
func (n *Namespace) Name() string { return n.name }

// String returns the name used in messages.
func (n *Namespace) String() string { return n.name }

// ID returns the kernel's number of the namespace, as in the "net:[4026531840]"
// of /proc/PID/ns/net. Two handles with one ID are one namespace.
func (n *Namespace) ID() (uint64, error) {
	var stat unix.Stat_t
	if err := n.WithFD(func(fd int) error { return unix.Fstat(fd, &stat) }); err != nil {
		return 0, fmt.Errorf("identify namespace %s: %w", n.name, err)
	}
	return stat.Ino, nil
}

// WithFD calls f with a file descriptor of the namespace, for interfaces that
// take one, such as a veth's peer namespace. The descriptor is valid until f
// returns, even when the handle is closed meanwhile.
func (n *Namespace) WithFD(f func(fd int) error) error {
	fd, err := n.dup()
	if err != nil {
		return err
	}
	err = f(fd)
	return errors.Join(err, unix.Close(fd))
}

// Netlink returns a handle for the families NETLINK_ROUTE and NETLINK_NETFILTER
// whose sockets are in the namespace. It is created once, shared by all callers,
// safe for concurrent use, and closed with the namespace: do not close it.
func (n *Namespace) Netlink() (*netlink.Handle, error) {
	kept, err := n.Keep(netlinkKey{}, func() (io.Closer, error) {
		// Handles for another namespace are not made with NewHandleAt: it
		// ignores that the thread cannot return, which is what happens in a
		// user namespace, and hands the thread back to the scheduler.
		h, err := netlink.NewHandle(unix.NETLINK_ROUTE, unix.NETLINK_NETFILTER)
		return netlinkCloser{h}, err
	})
	if err != nil {
		return nil, fmt.Errorf("open netlink of %s: %w", n.name, err)
	}
	closer, ok := kept.(netlinkCloser)
	if !ok {
		return nil, fmt.Errorf("open netlink of %s: kept value is a %T", n.name, kept)
	}
	return closer.Handle, nil
}

type netlinkKey struct{}

type netlinkCloser struct{ *netlink.Handle }

// Close closes the handle's sockets. Unlike the embedded method it fits
// io.Closer.
func (c netlinkCloser) Close() error {
	c.Handle.Close()
	return nil
}

// Keep returns the value kept under a key and, the first time, makes it by
// calling open inside the namespace, as Do would. Close closes what is kept.
// Packages use it for sockets that they want once per namespace; the key's type
// should be private to the package.
//
// Two first calls at the same time may both call open; one value is kept and
// the other closed.
func (n *Namespace) Keep(key any, open func() (io.Closer, error)) (io.Closer, error) {
	n.mu.Lock()
	kept := n.kept[key]
	n.mu.Unlock()
	if kept != nil {
		return kept, nil
	}
	var made io.Closer
	err := n.Do(func() (err error) {
		made, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fd < 0 {
		return nil, errors.Join(n.closedError(), made.Close())
	}
	if first := n.kept[key]; first != nil {
		return first, made.Close()
	}
	if n.kept == nil {
		n.kept = map[any]io.Closer{}
	}
	n.kept[key] = made
	return made, nil
}

// Close gives up the handle and what is kept with it. Running Do calls finish
// undisturbed. Closing twice is not an error.
func (n *Namespace) Close() error {
	n.mu.Lock()
	fd, kept := n.fd, n.kept
	n.fd, n.kept = -1, nil
	n.mu.Unlock()
	var errs []error
	for _, c := range kept {
		errs = append(errs, c.Close())
	}
	if fd >= 0 {
		errs = append(errs, unix.Close(fd))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close namespace %s: %w", n.name, err)
	}
	return nil
}

// dup returns a descriptor of the caller's own, so that no lock is held while
// it is used.
func (n *Namespace) dup() (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fd < 0 {
		return -1, n.closedError()
	}
	fd, err := unix.FcntlInt(uintptr(n.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("duplicate descriptor of %s: %w", n.name, err)
	}
	return fd, nil
}

func (n *Namespace) closedError() error {
	return fmt.Errorf("use namespace %s: %w", n.name, ErrClosed)
}

func (n *Namespace) raiseLoopback() error {
	h, err := n.Netlink()
	if err != nil {
		return err
	}
	lo, err := h.LinkByName("lo")
	if err != nil {
		return err
	}
	return h.LinkSetUp(lo)
}

// checkNetns tells a network namespace from any other file.
func checkNetns(fd int) error {
	kind, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err != nil {
		return fmt.Errorf("not a namespace: %w", err)
	}
	if kind != unix.CLONE_NEWNET {
		return fmt.Errorf("not a network namespace but of type %#x", kind)
	}
	return nil
}
