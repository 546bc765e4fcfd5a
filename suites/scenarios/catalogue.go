package scenarios

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/suites/scenarios/engine"
	"github.com/vpcgate/vpcgate/suites/scenarios/hybrid"
	"github.com/vpcgate/vpcgate/suites/scenarios/managed"
	"github.com/vpcgate/vpcgate/suites/scenarios/node"
	"github.com/vpcgate/vpcgate/suites/scenarios/peering"
	"github.com/vpcgate/vpcgate/suites/scenarios/planning"
	"github.com/vpcgate/vpcgate/suites/scenarios/securitygroup"
	"github.com/vpcgate/vpcgate/suites/scenarios/triage"
)

// Catalogue lists every scenario, family by family, each in the order of ids.
// The slice is the caller's.
func Catalogue() []scenario.Scenario {
	return slices.Concat(securityGroups(), peerings(), services(), engines(), plans(), nodes(), hybrids(), triages())
}

func securityGroups() []scenario.Scenario {
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
		securitygroup.SG013,
		securitygroup.SG014,
		securitygroup.SG015,
		securitygroup.SG016,
		securitygroup.SG017,
		securitygroup.SG018,
		securitygroup.SG019,
		securitygroup.SG020,
		securitygroup.SG021,
		securitygroup.SG022,
	}
}

func peerings() []scenario.Scenario {
	return []scenario.Scenario{
		peering.PEER001,
		peering.PEER002,
		peering.PEER003,
		peering.PEER004,
		peering.PEER005,
		peering.PEER006,
		peering.PEER007,
		peering.PEER008,
		peering.PEER009,
		peering.PEER010,
		peering.PEER011,
		peering.PEER012,
		peering.PEER013,
		peering.PEER014,
		peering.PEER015,
		peering.PEER016,
		peering.PEER017,
		peering.PEER018,
		peering.PEER019,
		peering.PEER020,
		peering.PEER021,
		peering.PEER022,
		peering.PEER023,
		peering.PEER024,
		peering.PEER025,
		peering.PEER026,
		peering.PEER027,
		peering.PEER028,
	}
}

func services() []scenario.Scenario {
	return []scenario.Scenario{
		managed.SVC001,
		managed.SVC002,
		managed.SVC003,
		managed.SVC004,
		managed.SVC005,
		managed.SVC006,
		managed.SVC007,
		managed.SVC008,
		managed.SVC009,
		managed.SVC010,
		managed.SVC011,
		managed.SVC012,
		managed.SVC013,
		managed.SVC014,
		managed.SVC015,
		managed.SVC016,
		managed.SVC017,
		managed.SVC018,
		managed.SVC019,
		managed.SVC020,
		managed.SVC021,
		managed.SVC022,
		managed.SVC023,
		managed.SVC024,
	}
}

func engines() []scenario.Scenario {
	return []scenario.Scenario{
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
		engine.ENG013,
	}
}

func plans() []scenario.Scenario {
	return []scenario.Scenario{
		planning.PLAN001,
		planning.PLAN002,
		planning.PLAN003,
		planning.PLAN004,
		planning.PLAN005,
		planning.PLAN006,
		planning.PLAN007,
	}
}

func nodes() []scenario.Scenario {
	return []scenario.Scenario{
		node.NODE001,
		node.NODE002,
		node.NODE003,
		node.NODE004,
		node.NODE005,
		node.NODE006,
		node.NODE007,
		node.NODE008,
		node.NODE009,
		node.NODE010,
		node.NODE011,
		node.NODE012,
		node.NODE013,
		node.NODE014,
		node.NODE016,
		node.NODE017,
		node.NODE018,
		node.NODE020,
		node.NODE021,
		node.NODE022,
		node.NODE023,
		node.NODE024,
		node.NODE025,
		node.NODE026,
		node.NODE027,
	}
}

func hybrids() []scenario.Scenario {
	return []scenario.Scenario{
		hybrid.HYB001,
		hybrid.HYB002,
		hybrid.HYB003,
		hybrid.HYB004,
	}
}

func triages() []scenario.Scenario {
	return []scenario.Scenario{
		triage.TRI001,
		triage.TRI002,
		triage.TRI003,
		triage.TRI004,
		triage.TRI005,
		triage.TRI006,
		triage.TRI007,
	}
}
