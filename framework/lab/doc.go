// Package lab is the port between scenarios and realities: a Lab makes reality
// match a world and answers flows with evidence. Its adapters are paperlab (in
// memory, the oracle), netnslab (bare namespaces) and kindlab (real clusters);
// they do not know each other, Ginkgo or scenarios.
package lab
