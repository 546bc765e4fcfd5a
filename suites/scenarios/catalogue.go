package scenarios

import (
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/suites/scenarios/engine"
	"github.com/vpcgate/vpcgate/suites/scenarios/peering"
	"github.com/vpcgate/vpcgate/suites/scenarios/planning"
	"github.com/vpcgate/vpcgate/suites/scenarios/securitygroup"
)

// Catalogue lists every scenario, family by family, each in the order of ids.
// The slice is the caller's.
func Catalogue() []scenario.Scenario {
	return []scenario.Scenario{
		securitygroup.SG001,
		securitygroup.SG002,
		securitygroup.SG003,
		securitygroup.SG004,
		securitygroup.SG005,
		securitygroup.SG006,
		securitygroup.SG007,
		securitygroup.SG008,
		securitygroup.SG009,
		securitygroup.SG010,
		securitygroup.SG011,
		securitygroup.SG012,
		securitygroup.SG014,
		securitygroup.SG015,
		securitygroup.SG016,
		securitygroup.SG017,
		securitygroup.SG018,
		securitygroup.SG019,
		securitygroup.SG020,
		securitygroup.SG021,
		securitygroup.SG022,
		peering.PEER001,
		peering.PEER002,
		peering.PEER003,
		peering.PEER004,
		peering.PEER005,
		peering.PEER006,
		peering.PEER007,
		peering.PEER009,
		peering.PEER010,
		peering.PEER011,
		peering.PEER012,
		peering.PEER017,
		peering.PEER020,
		peering.PEER022,
		peering.PEER023,
		peering.PEER024,
		peering.PEER025,
		peering.PEER026,
		engine.ENG001,
		engine.ENG002,
		engine.ENG003,
		engine.ENG004,
		engine.ENG005,
		engine.ENG006,
		engine.ENG007,
		engine.ENG008,
		engine.ENG009,
		engine.ENG010,
		engine.ENG011,
		engine.ENG012,
		planning.PLAN001,
		planning.PLAN002,
		planning.PLAN003,
		planning.PLAN004,
		planning.PLAN005,
		planning.PLAN006,
		planning.PLAN007,
	}
}
