package ociwrap_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/provision/ociwrap"
)

const config = `{"linux":{"n":9007199254740993},"process":{"args":["x"],"capabilities":{"bounding":["CAP_KILL","CAP_SYS_RESOURCE"],"effective":["CAP_SYS_RESOURCE"]}}}`

const stripped = `{"linux":{"n":9007199254740993},"process":{"args":["x"],"capabilities":{"bounding":["CAP_KILL"],"effective":[]}}}`

func TestMissing_namesWhatTheSetLacks(t *testing.T) {
	t.Parallel()
	if got := ociwrap.Missing(0x1fffeffffff, 40); !slices.Equal(got, []string{"CAP_SYS_RESOURCE"}) {
		t.Errorf("got %v", got)
	}
	if got := ociwrap.Missing(0xff, 7); len(got) != 0 {
		t.Errorf("got %v, want none: the kernel knows no others", got)
	}
}

func TestStripConfig_keepsEverythingElse(t *testing.T) {
	t.Parallel()
	got, err := ociwrap.StripConfig([]byte(config), []string{"CAP_SYS_RESOURCE"})
	if err != nil || string(got) != stripped {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestStripProcess_withoutCapabilities(t *testing.T) {
	t.Parallel()
	const process = `{"args":["x"]}`
	got, err := ociwrap.StripProcess([]byte(process), []string{"CAP_SYS_RESOURCE"})
	if err != nil || string(got) != process {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestPrepare_editsTheFileOfTheCommand(t *testing.T) {
	t.Parallel()
	missing := []string{"CAP_SYS_RESOURCE"}
	for _, c := range []struct {
		name string
		args func(dir string) []string
		want string
	}{
		{"create", func(d string) []string { return []string{"--root", "/r", "create", "--bundle", d, "id"} }, stripped},
		{"run with a short option", func(d string) []string { return []string{"run", "-b=" + d, "id"} }, stripped},
		{"exec", func(d string) []string { return []string{"exec", "--process", d + "/config.json", "id"} }, config},
		{"start", func(string) []string { return []string{"start", "id"} }, config},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "config.json")
			if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := ociwrap.Prepare(c.args(dir), missing); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(file); err != nil || string(got) != c.want {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}
