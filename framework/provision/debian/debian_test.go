package debian_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/provision/debian"
)

func TestParse_readsKin(t *testing.T) {
	t.Parallel()
	h := debian.Parse("PRETTY_NAME=\"Ubuntu 24.04 LTS\"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n")
	if h.ID != "ubuntu" || h.Version != "24.04" || h.Pretty != "Ubuntu 24.04 LTS" || !h.Kin() {
		t.Errorf("got %+v", h)
	}
	if debian.Parse("ID=fedora\n").Kin() {
		t.Error("fedora is no kin of Debian")
	}
}
