package storm_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// mortal is a lab on which the agent of a client dies with each adoption but the first, and another one is there afterwards.
type mortal struct {
	storm.Lab
	client  string
	present *agent
	// stays is whether nobody comes after the one that died.
	stays bool
}

// agent is one that can be killed.
type agent struct {
	probe.Trafficker
	killed chan struct{}
}

var errKilled = errors.New("killed")

func (a *agent) Traffic(ctx context.Context, t probe.Traffic, tell func([]probe.Event)) (int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-a.killed:
			cancel(errKilled)
		case <-ctx.Done():
		}
	}()
	missed, err := a.Trafficker.Traffic(ctx, t, tell)
	if errors.Is(context.Cause(ctx), errKilled) {
		return missed, errKilled
	}
	return missed, err
}

func (m *mortal) Adopt(ctx context.Context, w topology.World) error {
	if err := m.Lab.Adopt(ctx, w); err != nil {
		return err
	}
	if m.present != nil {
		close(m.present.killed)
		if m.stays {
			m.present.killed = make(chan struct{}) // it can die again
			return nil
		}
	}
	genuine, _ := m.Lab.Trafficker(m.client)
	m.present = &agent{Trafficker: genuine, killed: make(chan struct{})}
	return nil
}

func (m *mortal) Trafficker(endpoint string) (probe.Trafficker, bool) {
	if endpoint == m.client && m.present != nil {
		return m.present, true
	}
	return m.Lab.Trafficker(endpoint)
}

// A client goes on with the agent that comes after its own, and its operations and connections are counted on. One that ends for no
// reason is an error.
func TestEpisode_agents_come_and_go(t *testing.T) {
	s := stage(topology.Routed)
	for _, stays := range []bool{false, true} {
		l, err := open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m := &mortal{Lab: l, client: "node-1", stays: stays}
		h, line, err := storm.Episode(t.Context(), m, s, short(s), config.DefaultChaos())
		if closed := l.Close(context.Background()); closed != nil {
			t.Error(closed)
		}
		if stays != errors.Is(err, errKilled) {
			t.Fatalf("stays %v: got %v", stays, err)
		}
		if stays {
			continue
		}
		numbers, connections := map[int][]uint64{}, uint64(0)
		for _, op := range h.Operations {
			numbers[op.Flow] = append(numbers[op.Flow], op.Number)
			connections = max(connections, op.Connection)
			if op.Sent > line.Moments[len(line.Moments)-1].Done && op.Flow == 0 && op.Outcome == chaos.Answered {
				numbers[-1] = append(numbers[-1], op.Number)
			}
		}
		for flow, all := range numbers {
			slices.Sort(all)
			if len(slices.Compact(slices.Clone(all))) != len(all) {
				t.Errorf("flow %d has operations of the same number", flow)
			}
		}
		if len(numbers[-1]) == 0 || connections < 6 {
			t.Errorf("after the last step node-1 was answered %d times, on connection %d at last", len(numbers[-1]), connections)
		}
	}
}
