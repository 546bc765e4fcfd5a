package preflight

import (
	"context"
	"errors"
	"strings"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// errNoTry is why an ordinary user's kernel features are not tried.
var errNoTry = errors.New("only root can try it without leaving this process")

// tryKernel tries what the kernel can do, in a network namespace of its own that
// ends with the trial.
func (f *Facts) tryKernel(ctx context.Context) {
	switch {
	case netns.InUserNamespace():
		f.UserNamespaces = Try{Support: Yes}
	case !f.Root:
		f.UserNamespaces = tried(userNamespace(ctx))
	}
	if capable, err := netns.Capable(); err != nil || !capable {
		unknown := Try{Support: Unknown, Why: errNoTry.Error()}
		f.Namespaces, f.Veth, f.Vxlan, f.Nftables = unknown, unknown, unknown, unknown
		return
	}
	ns, err := netns.New("doctor")
	f.Namespaces = tried(err)
	if err != nil {
		return
	}
	defer func() { _ = ns.Close() }() // nothing is left to be done with it
	f.Veth = tried(tryLink(ns, &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "try0"}, PeerName: "try1"}))
	f.Vxlan = tried(tryLink(ns, &netlink.Vxlan{LinkAttrs: netlink.LinkAttrs{Name: "try2"}, VxlanId: 1, Port: 4789}))
	f.Nftables = tried(tryNftables(ns))
}

// tried returns an error as an outcome.
func tried(err error) Try {
	if err != nil {
		return Try{Support: No, Why: err.Error()}
	}
	return Try{Support: Yes}
}

// userNamespace tries whether an ordinary user gets capabilities in a user
// namespace: raising the loopback takes one.
func userNamespace(ctx context.Context) error {
	result, err := cmd.Run(ctx, cmd.Command{Name: "unshare", Args: []string{"-Urn", "true"}})
	if err != nil {
		return errors.New(strings.TrimSpace(result.Stderr + " " + err.Error()))
	}
	return nil
}

// tryLink adds a link.
func tryLink(ns *netns.Namespace, link netlink.Link) error {
	handle, err := ns.Netlink()
	if err != nil {
		return err
	}
	return handle.LinkAdd(link)
}

// tryNftables adds an empty table.
func tryNftables(ns *netns.Namespace) error {
	return ns.WithFD(func(fd int) error {
		conn, err := nftables.New(nftables.WithNetNSFd(fd))
		if err != nil {
			return err
		}
		conn.AddTable(&nftables.Table{Name: "doctor", Family: nftables.TableFamilyINet})
		return conn.Flush()
	})
}
