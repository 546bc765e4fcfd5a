package ledger

import (
	"cmp"
	"slices"
	"time"
)

// Section is a part of a machine's state.
type Section string

// The sections, in the order of reports.
const (
	Links      Section = "links"
	Addresses  Section = "addresses"
	Routes     Section = "routes"
	Rules      Section = "rules"
	Tables     Section = "nftables"
	Sysctls    Section = "sysctls"
	Containers Section = "containers"
	Namespaces Section = "namespaces"
	States     Section = "states"
	Processes  Section = "processes"
)

// Sections lists all sections.
func Sections() []Section {
	return []Section{Links, Addresses, Routes, Rules, Tables, Sysctls, Containers, Namespaces, States, Processes}
}

// Entry is one thing that a machine has.
type Entry struct {
	// Name tells it from others of its section, State is what may change about it.
	Name  string `json:"name"`
	State string `json:"state,omitempty"`
	// Run is the id of the run that it carries.
	Run string `json:"run,omitempty"`
	// Owner is who made it where that can be told from it alone.
	Owner Owner `json:"owner,omitempty"`
}

// Owner is whose something is.
type Owner string

const (
	// Ours is what carries the run's id.
	Ours Owner = "the run"
	// Others is what carries another run's, and containers of somebody else.
	Others Owner = "others"
	// Engine is the container engine's.
	Engine Owner = "the container engine"
	// Kubelet is what kubelets set for the whole machine.
	Kubelet Owner = "a kubelet"
	// Kernel is what the kernel has more, or less, of itself: the parameters of a
	// module that was loaded.
	Kernel Owner = "the kernel"
	// Machine is everything else.
	Machine Owner = "the machine"
)

// EngineState says whether a container engine answers.
type EngineState string

// The states.
const (
	EngineRuns  EngineState = "running"
	EngineStill EngineState = "not running"
)

// Snapshot is a machine's state at a moment. A section that could not be read is
// missing, and Unread says why.
type Snapshot struct {
	Taken   time.Time           `json:"taken"`
	Seconds float64             `json:"seconds"`
	Engine  EngineState         `json:"engine"`
	Entries map[Section][]Entry `json:"entries"`
	Unread  map[Section]string  `json:"unread,omitempty"`
}

// Add takes entries into a section, which thereby has been read.
func (s *Snapshot) Add(section Section, entries ...Entry) {
	if s.Entries == nil {
		s.Entries = map[Section][]Entry{}
	}
	all := append(s.Entries[section], entries...)
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.State, b.State)) })
	if all == nil {
		all = []Entry{}
	}
	s.Entries[section] = all
}

// Fail notes that a section could not be read.
func (s *Snapshot) Fail(section Section, err error) {
	if s.Unread == nil {
		s.Unread = map[Section]string{}
	}
	s.Unread[section] = err.Error()
	delete(s.Entries, section)
}
