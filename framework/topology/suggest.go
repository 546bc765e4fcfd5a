package topology

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// maxChoices is how many blocks a suggestion offers.
const maxChoices = 3

// Suggestion offers blocks that solve a problem of address planning.
type Suggestion struct {
	// Problem is what the suggestion solves. Problem.Pair[0] is the block that
	// should be another one.
	Problem Problem
	// Choices are blocks to take in its place, the best first; there is none
	// when no block of the size is free.
	Choices []netip.Prefix
}

// String prints the suggestion as a report shows it:
// "instead of 192.168.128.0/20 take 10.2.0.0/20, 10.2.16.0/20 or 10.2.32.0/20".
func (s Suggestion) String() string {
	if s.Problem.Rule == EntriesOverlap {
		return fmt.Sprintf("leave %s out, which is part of %s", s.Problem.Pair[0], s.Problem.Pair[1])
	}
	if len(s.Choices) == 0 {
		return fmt.Sprintf("no private block of the size of %s is free", s.Problem.Pair[0])
	}
	text := s.Choices[0].String()
	for i, c := range s.Choices[1:] {
		if i == len(s.Choices)-2 {
			text += " or " + c.String()
			continue
		}
		text += ", " + c.String()
	}
	return fmt.Sprintf("instead of %s take %s", s.Problem.Pair[0], text)
}

// Suggest offers, for every problem of address planning, blocks of the same size
// that are free: in the private ranges, and in no network, container CIDR or
// Service CIDR of the world. Blocks that container engines take by themselves
// come last. Choices of two suggestions never overlap, unless both are about the
// same block.
//
// Source: cce_bestpractice "Planning CIDR Blocks for a Cluster".
func Suggest(w World) []Suggestion {
	var all []Suggestion
	f := finder{taken: occupied(&w), avoided: engineBlocks(&w)}
	made := map[string][]netip.Prefix{}
	for _, p := range Problems(w.Validate()) {
		if p.Rule == "" || !p.Pair[0].IsValid() {
			continue
		}
		s := Suggestion{Problem: p}
		key := p.Place + " " + p.Pair[0].String()
		switch p.Rule {
		case NotCanonical:
			s.Choices = []netip.Prefix{p.Pair[0].Masked()}
		case EntriesOverlap:
			s.Choices = []netip.Prefix{p.Pair[1]}
		default:
			if _, known := made[key]; !known {
				made[key] = f.free(p.Pair[0].Bits(), p.Rule)
			}
			s.Choices = made[key]
		}
		all = append(all, s)
	}
	return all
}

// privateRanges are where container and Service CIDRs come from.
//
// Source: cce_10_0028 "Creating a Cluster".
func privateRanges() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	}
}

// reservedRanges are the platform's own. Source: VPC user guide, "Route Tables
// and Routes" (system routes); VPCEP FAQ.
func reservedRanges() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10"), EndpointSources()}
}

// defaultServices is the platform's default. Source: the CCE API reference,
// "Creating a Cluster" (kubernetesSvcIpRange).
var defaultServices = netip.MustParsePrefix("10.247.0.0/16")

// occupied lists every block that is in use or reserved.
func occupied(w *World) []netip.Prefix {
	all := reservedRanges()
	for _, v := range w.VPCs {
		all = append(all, valid(v.CIDRs)...)
	}
	for _, c := range w.Clusters {
		all = append(all, valid(c.ContainerCIDRs)...)
		all = append(all, valid([]netip.Prefix{c.ServiceCIDR})...)
	}
	for _, h := range w.Hosts {
		for _, n := range w.EngineNetworks(h) {
			all = append(all, valid([]netip.Prefix{n.CIDR})...)
		}
	}
	return all
}

// engineBlocks lists what container engines take when nobody tells them.
func engineBlocks(w *World) []netip.Prefix {
	all := DefaultPools()
	for _, h := range w.Hosts {
		if h.Engine != nil {
			all = append(all, valid(h.Engine.Pools)...)
		}
	}
	return all
}

// finder finds free blocks.
type finder struct{ taken, avoided []netip.Prefix }

// free finds free blocks of a size and takes them.
func (f *finder) free(bits int, rule RuleID) []netip.Prefix {
	var found []netip.Prefix
	if rule == ServicesInVPC || rule == ServicesInContainers {
		found = f.look(found, defaultServices, bits, slices.Concat(f.taken, f.avoided))
	}
	for _, without := range [][]netip.Prefix{slices.Concat(f.taken, f.avoided), f.taken} {
		for _, r := range privateRanges() {
			found = f.look(found, r, bits, without)
		}
	}
	f.taken = append(f.taken, found...)
	return found
}

// look adds free blocks of one range until there are enough. From a block that is
// in use it goes on behind the whole of it.
func (f *finder) look(found []netip.Prefix, in netip.Prefix, bits int, without []netip.Prefix) []netip.Prefix {
	if bits < in.Bits() {
		return found
	}
	last := uint64(number(lastAddress(in)))
	for at := uint64(number(in.Addr())); at <= last && len(found) < maxChoices; {
		block := netip.PrefixFrom(address(uint32(at)), bits)
		size := uint64(1) << (32 - bits)
		busy := slices.Concat(without, found)
		i := slices.IndexFunc(busy, block.Overlaps)
		if i < 0 {
			found = append(found, block)
			at += size
			continue
		}
		behind := uint64(number(lastAddress(busy[i]))) + 1
		at = max(at+size, (behind+size-1)/size*size)
	}
	return found
}

func number(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func address(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
}
