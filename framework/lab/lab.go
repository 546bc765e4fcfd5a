package lab

import (
	"context"
	"errors"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Name is a lab's name, as labels, settings and reports spell it.
type Name string

const (
	// Paper computes verdicts from the world alone.
	Paper Name = "paper"
	// Netns is bare network namespaces, as root or in a user namespace.
	Netns Name = "netns"
	// Kind is real Kubernetes clusters in containers.
	Kind Name = "kind"
)

// Names lists the labs in the order in which they run.
func Names() []Name { return []Name{Paper, Netns, Kind} }

// ErrCannotHost is matched by the error of a lab that cannot realise a world,
// for a reason that lies in the lab or the machine and not in the world: the
// scenario is then reported as not run, with that reason.
var ErrCannotHost = errors.New("the lab cannot host this world")

// Lab makes reality match a world and answers flows. A Lab is used by one
// goroutine at a time.
type Lab interface {
	// Name says which lab this is.
	Name() Name
	// Adopt makes reality match the world, by difference where something was
	// adopted before. Adopting the same world twice changes nothing. An error
	// that matches ErrCannotHost means "not run".
	Adopt(ctx context.Context, w topology.World) error
	// World is the adopted world as realised: with the addresses that the
	// cluster gave to its pods. It is what the oracle must be asked about.
	World() topology.World
	// Ask asks one flow and returns the verdict with its evidence. The error
	// speaks of the lab itself, never of the flow: a flow that could not be
	// asked is an Inconclusive verdict.
	//
	// A flow that is Live is asked over the connection that an earlier Ask of
	// the same flow left open. Where there is none, or the last one did not
	// answer in the world that is still adopted, a new one is made; after the
	// world has changed, one that was silent is given another chance first.
	Ask(ctx context.Context, f topology.Flow) (verdict.Observation, error)
	// Alive proves from beside the server, without crossing any of the world's
	// rules, that the flow's destination lives and, for TCP and UDP, answers
	// on the flow's port.
	Alive(ctx context.Context, f topology.Flow) error
	// Close removes everything the lab made and fails when something is left.
	Close(ctx context.Context) error
}

// Forgetter is a lab that may serve one scenario after the other.
type Forgetter interface {
	// Forget ends the connections that flows which are Live have left open: the next
	// scenario makes its own.
	Forget()
}

// Rebuilder is a lab that does not take every change of a world in place.
type Rebuilder interface {
	// Rebuilt reports whether the last Adopt made everything anew, which no connection
	// outlives.
	Rebuilt() bool
}

// Keeper is a lab that can outlive the run, for KEEP=1.
type Keeper interface {
	// Enter lists the exact commands that lead into the kept lab, one a line,
	// each with a comment that says where it leads.
	Enter() []string
}

// Served is a lab in which programs serve the managed instances of its worlds.
type Served interface {
	// Programs lists those that have served since the lab was opened, also when
	// it is closed.
	Programs() []managed.Program
}

// Producer is a lab whose clients can go on writing while the world changes.
type Producer interface {
	// Produce has the flow's client write numbered records into the managed service
	// for so long, with its library's own retries. It returns once the first record
	// was acknowledged. wait returns when the time is over and no record is under way
	// any more, with what became of all that were acknowledged: they are read back,
	// so the flow must be healthy by then. It must be called, and ends the production
	// when its context does; closing the lab ends it as well. Meanwhile the same flow
	// must not be asked: its packets could not be told from the production's.
	Produce(ctx context.Context, f topology.Flow, lasting time.Duration) (wait func(ctx context.Context) (managed.Tally, error), err error)
}

// Oracle predicts what a lab will see.
type Oracle interface {
	// Predict returns the verdict and the path, both ways, of a flow in a
	// world. It does not fail: a question that makes no sense is Inconclusive.
	// A flow that is Live is one whose connection stands.
	Predict(w topology.World, f topology.Flow) verdict.Observation
	// Survives reports whether a connection of the flow that stands in one
	// world is still known to every hop when the next world is adopted: whether
	// its next packet belongs to a connection, or meets the rules as if it were
	// the first. It says nothing of routes.
	Survives(before, after topology.World, f topology.Flow) bool
}
