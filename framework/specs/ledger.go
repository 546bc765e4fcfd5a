package specs

import (
	"context"

	"github.com/onsi/ginkgo/v2"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/ledger/host"
	"github.com/vpcgate/vpcgate/framework/record"
)

// openLedger settles the ledgers of runs that died, whose rests have just been swept,
// and opens this run's.
func (s *session) openLedger(ctx context.Context) {
	ginkgo.GinkgoHelper()
	settled, err := host.Settle(ctx, s.settings.ArtifactRoot, s.settings.Run)
	if err != nil {
		s.teller.tell("ledger: " + err.Error()) // another run's; it does not disturb this one
	}
	for _, l := range settled {
		s.teller.tell("ledger of run " + l.Run + ", which died: " + l.String())
	}
	s.settled = settled
	s.journal, err = host.Open(ctx, s.settings.ArtifactDir(), s.settings.Run, Leaves(s.settings))
	check(err)
}

// closeLedger compares the machine with what it was before the run. A run that ended
// before it began has no ledger.
func (s *session) closeLedger(ctx context.Context) (*ledger.Ledger, []record.Result) {
	ginkgo.GinkgoHelper()
	if s.journal == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.settings.Timing.Close)
	defer cancel()
	l, err := s.journal.Close(ctx)
	check(err)
	return &l, record.OfLedger(l)
}

// Leaves says what a run with these settings may leave on the machine.
func Leaves(s config.Settings) ledger.Expectation {
	if s.Keep == config.KeepLabs {
		return ledger.Kept
	}
	return ledger.Gone
}
