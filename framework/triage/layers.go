package triage

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Layers lists the layers that an edit of a world is a fault of, or a remedy in,
// without duplicates. Where it has several, what it breaks shows in the first that
// the packet comes to: a pod with a new address is unknown to all of them. It is
// empty for a change that this package was not told of.
func Layers(c change.Change, w topology.World) []diagnose.Layer {
	switch c := c.(type) {
	case nil:
		return nil
	case change.Changes:
		var all []diagnose.Layer
		for _, part := range c {
			for _, l := range Layers(part, w) {
				if !slices.Contains(all, l) {
					all = append(all, l)
				}
			}
		}
		return all
	case change.AddFirewallRule:
		return ofMachine(c.Machine, w)
	case change.RemoveFirewallRule:
		return ofMachine(c.Machine, w)
	case change.AddCIDR, change.RemoveCIDR:
		// What overlaps now takes routes out of effect, wherever they are used.
		return []diagnose.Layer{diagnose.AddressPlan, diagnose.Route}
	case change.PointName:
		// An address where nobody can ever answer, one that somebody nearer has, or
		// one whose group is silent.
		return []diagnose.Layer{diagnose.Address, diagnose.AddressPlan, diagnose.SecurityGroup}
	case change.ReplaceContainers:
		return []diagnose.Layer{diagnose.AddressPlan, diagnose.SecurityGroup, diagnose.Whitelist, diagnose.Route, diagnose.NetworkACL}
	case change.AddService:
		return ofService(c.Service, w)
	case change.MovePod, change.ExpandContainers:
		return []diagnose.Layer{diagnose.SecurityGroup, diagnose.Whitelist, diagnose.Route}
	default:
		if l := layer(c); l != "" {
			return []diagnose.Layer{l}
		}
		return nil
	}
}

// ofService tells apart a Service that takes an address which somebody else has.
func ofService(s topology.Service, w topology.World) []diagnose.Layer {
	has := func(e topology.Endpoint) bool { return e.Address == s.Address }
	if slices.ContainsFunc(w.Endpoints(), has) {
		return []diagnose.Layer{diagnose.AddressPlan}
	}
	return []diagnose.Layer{diagnose.Service}
}

func ofMachine(machine string, w topology.World) []diagnose.Layer {
	if e, _ := w.Endpoint(machine); e.Kind == topology.KindNode {
		return []diagnose.Layer{diagnose.Node}
	}
	return []diagnose.Layer{diagnose.Server}
}

// layer is the layer of a change that has one whatever the world.
func layer(c change.Change) diagnose.Layer {
	switch c.(type) {
	case change.AdmitRule, change.RevokeRule, change.JoinGroups:
		return diagnose.SecurityGroup
	case change.SetWhitelist, change.AddWhitelistGroup, change.RemoveWhitelistGroup,
		change.EnableWhitelist, change.DisableWhitelist, change.SetRefusal:
		return diagnose.Whitelist
	case change.SetPassword:
		return diagnose.Authentication
	case change.InstallEngine, change.RemoveEngine, change.SetBridgeIP, change.CreateEngineNetwork, change.RemoveEngineNetwork,
		change.AddHostRoute, change.RemoveHostRoute, change.HonourLinkDown, change.IgnoreLinkDown, change.SetReversePath:
		return diagnose.Engine
	case change.AddRoute, change.WithdrawRoute, change.AssociateTable, change.SetQuota,
		change.AddPeering, change.RemovePeering, change.SetPeeringState, change.AddVPN, change.RemoveVPN:
		return diagnose.Route
	case change.AttachACL, change.DetachACL, change.AddACL, change.AdmitACLRule, change.RevokeACLRule:
		return diagnose.NetworkACL
	case change.EnableSourceCheck, change.DisableSourceCheck, change.StopForwarding, change.StartForwarding,
		change.FillConntrack, change.RaiseConntrack, change.LoseFragNeeded, change.PassFragNeeded, change.SetMTU,
		change.AddNetworkPolicy, change.RemoveNetworkPolicy, change.SetNonMasquerade:
		return diagnose.Node
	case change.StopListening, change.StartListening:
		return diagnose.Server
	case change.SetSNAT, change.SetMSS, change.AddNATGateway:
		return diagnose.Gateway
	case change.SetTrafficPolicy, change.SetBackends, change.RemoveService:
		return diagnose.Service
	case change.ConfigureDNS:
		return diagnose.DNS
	case change.AddSubnet, change.RemoveSubnet, change.RenumberVPC, change.WithholdAddress,
		change.AssignAddress, change.AddPods, change.RemovePods, change.AddBlock, change.SetServiceCIDR:
		return diagnose.AddressPlan
	default:
		return ""
	}
}
