package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// The settings that the environment may hold.
const (
	// EnvLab is a comma list of labs; all of them when empty.
	EnvLab = "VPCGATE_LAB"
	// EnvMode is a comma list of modes; both when empty.
	EnvMode = "VPCGATE_MODE"
	// EnvFocus is a regular expression over the texts of the specs, such as SG-001.
	EnvFocus = "VPCGATE_FOCUS"
	// EnvKeep is 1 to keep clusters and worlds and to use kept ones again.
	EnvKeep = "VPCGATE_KEEP"
	// EnvRun is the run's id; a new one when empty.
	EnvRun = "VPCGATE_RUN"
	// EnvArtifacts is the folder that gets one folder per run.
	EnvArtifacts = "VPCGATE_ARTIFACTS"
	// EnvCache is the folder for what is expensive to make: images, builds.
	EnvCache = "VPCGATE_CACHE"
	// EnvTimingFactor multiplies every duration.
	EnvTimingFactor = "VPCGATE_TIMING_FACTOR"
	// EnvTeeth says which teeth the self-checks show on labs where all take too
	// long: "all", or a turn's number; that of the day when empty.
	EnvTeeth = "VPCGATE_TEETH"
	// EnvSigningKey is the file of an ed25519 key, in PEM, that signs the run's
	// manifest; nothing is signed when empty.
	EnvSigningKey = "VPCGATE_SIGNING_KEY"
	// EnvBrowser says what tests of the HTML report do where no Chromium is found:
	// "optional" skips them, "required" fails them; optional when empty.
	EnvBrowser = "VPCGATE_BROWSER"
	// EnvDebianMirror is the mirror that images are built from; the system's own
	// when empty. provision reads it.
	EnvDebianMirror = "VPCGATE_DEBIAN_MIRROR"
	// EnvKubernetes is the Kubernetes version; kind's own default when empty.
	EnvKubernetes = "K8S_VERSION"
)

// ownPrefix begins every variable that is meant for vpcgate, so that a
// misspelt one is an error and not silently ignored.
const ownPrefix = "VPCGATE_"

// The factor's limits: below, a loaded machine fails for no reason; above, a
// hanging run is not ended on any CI.
const (
	minTimingFactor = 0.2
	maxTimingFactor = 20
)

var kubernetesPattern = regexp.MustCompile(`^v?1\.[0-9]{1,2}\.[0-9]{1,2}$`)

// Settings are what a run was told.
type Settings struct {
	// Labs and Modes are what to run, in the order of lab.Names and
	// topology.Modes.
	Labs  []lab.Name
	Modes []topology.Mode
	// Focus is a regular expression over spec texts; empty means everything.
	Focus string
	// Keep leaves labs standing at the end and uses kept ones again.
	Keep KeepPolicy
	// Run is the run's id.
	Run string
	// ArtifactRoot gets a folder for each run.
	ArtifactRoot string
	// Cache is the folder for what is expensive to make.
	Cache string
	// SigningKey is the file of the key that signs the run; empty for none.
	SigningKey string
	// KubernetesVersion begins with "v"; it is empty for kind's own default.
	KubernetesVersion string
	// Timing is already multiplied by TimingFactor.
	Timing       Timing
	TimingFactor float64
	// Teeth says which teeth are shown where all take too long.
	Teeth Turn
	// Browser says whether tests of the HTML report have to find one.
	Browser BrowserPolicy
}

// Turn is a number that goes up by one each day, so that what a run leaves out has
// its turn in one of the next days'; AllTurns leaves nothing out.
type Turn int

// AllTurns is no turn but all of them.
const AllTurns Turn = -1

// KeepPolicy says what happens to a lab at the end of a run.
type KeepPolicy string

const (
	// TakeDown removes everything the run made.
	TakeDown KeepPolicy = "take-down"
	// KeepLabs leaves labs standing and uses kept ones again.
	KeepLabs KeepPolicy = "keep"
)

// BrowserPolicy says what becomes of a test that finds no browser.
type BrowserPolicy string

const (
	// BrowserOptional skips it.
	BrowserOptional BrowserPolicy = "optional"
	// BrowserRequired fails it.
	BrowserRequired BrowserPolicy = "required"
)

// String spells the turn as the environment does.
func (t Turn) String() string {
	if t == AllTurns {
		return allTurns
	}
	return strconv.Itoa(int(t))
}

// allTurns is how the environment spells AllTurns.
const allTurns = "all"

// ArtifactDir is the run's own folder.
func (s Settings) ArtifactDir() string { return filepath.Join(s.ArtifactRoot, s.Run) }

// Has reports whether the run was told to use the lab.
func (s Settings) Has(l lab.Name) bool { return slices.Contains(s.Labs, l) }

// Environment returns the process's environment as a map.
func Environment() map[string]string {
	env := map[string]string{}
	for _, kv := range os.Environ() {
		k, v, _ := strings.Cut(kv, "=")
		env[k] = v
	}
	return env
}

// Load reads the settings from an environment. root is the folder that relative
// paths and the default artifact folder are under; now dates a new run's id. It
// reports every problem at once. An empty value counts as none.
func Load(env map[string]string, root string, now time.Time) (Settings, error) {
	r := reader{env: env}
	s := Settings{
		Labs:              choices(&r, EnvLab, lab.Names()),
		Modes:             choices(&r, EnvMode, topology.Modes()),
		Focus:             r.regexp(EnvFocus),
		Keep:              r.keep(),
		Run:               r.runID(now),
		ArtifactRoot:      r.dir(EnvArtifacts, root, filepath.Join(root, "artifacts")),
		Cache:             r.dir(EnvCache, root, DefaultCache(env)),
		SigningKey:        r.dir(EnvSigningKey, root, ""),
		KubernetesVersion: r.kubernetes(),
		TimingFactor:      r.timingFactor(),
		Teeth:             r.turn(now),
		Browser:           r.browser(),
	}
	s.Timing = DefaultTiming().Scale(s.TimingFactor)
	r.unknown()
	if err := errors.Join(r.problems...); err != nil {
		return Settings{}, fmt.Errorf("settings: %w", err)
	}
	return s, nil
}

// Environ returns the settings as environment entries, so that a program
// started with them loads the same settings.
func (s Settings) Environ() []string {
	keep := "0"
	if s.Keep == KeepLabs {
		keep = "1"
	}
	return []string{
		EnvLab + "=" + joined(s.Labs), EnvMode + "=" + joined(s.Modes), EnvFocus + "=" + s.Focus,
		EnvKeep + "=" + keep, EnvRun + "=" + s.Run, EnvArtifacts + "=" + s.ArtifactRoot, EnvCache + "=" + s.Cache,
		EnvTeeth + "=" + s.Teeth.String(), EnvBrowser + "=" + string(s.Browser), EnvSigningKey + "=" + s.SigningKey, EnvKubernetes + "=" + s.KubernetesVersion, EnvTimingFactor + "=" + strconv.FormatFloat(s.TimingFactor, 'g', -1, 64),
	}
}

func joined[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ",")
}

// DefaultCache is the folder for expensive things when none is set: the user's
// cache folder, or, for a service without a home, the system's.
func DefaultCache(env map[string]string) string {
	if dir := env["XDG_CACHE_HOME"]; filepath.IsAbs(dir) {
		return filepath.Join(dir, "vpcgate")
	}
	if home := env["HOME"]; filepath.IsAbs(home) {
		return filepath.Join(home, ".cache", "vpcgate")
	}
	return "/var/cache/vpcgate"
}

// knownVariables lists what ownPrefix may begin.
func knownVariables() []string {
	return []string{EnvLab, EnvMode, EnvFocus, EnvKeep, EnvRun, EnvArtifacts, EnvCache, EnvTimingFactor, EnvTeeth, EnvBrowser, EnvSigningKey, EnvDebianMirror}
}

// internalVariables are set by vpcgate for its own child processes.
func internalVariables() []string {
	return []string{"VPCGATE_IN_USER_NAMESPACE", "VPCGATE_QUIET", "VPCGATE_STATE", "VPCGATE_SOURCE"}
}
