// Command vpcgate-agent asks and answers questions about the network; see package probe for what they are.
//
// It is one static binary without dependencies at run time. In a pod or a peer it is the only program of its image and
// serves as process 1; further invocations in the same container, made by exec, speak to it over its control socket or
// ask on their own.
//
//	vpcgate-agent serve --identity web-vm --listen tcp/80,udp/53,icmp
//	vpcgate-agent ask --questions '[{"protocol":"tcp","target":"192.168.10.25","port":80}]' --transcript
//	vpcgate-agent ask --questions '[{"protocol":"tcp","target":"192.168.10.63","port":6379,"use":{"kind":"redis","password":"…"}}]' --transcript
//	vpcgate-agent listen --listen tcp/81
//	vpcgate-agent sightings
//	vpcgate-agent health
//	vpcgate-agent relay
//
// Exit status: 0 when it did what it was told, whatever came of a question; 1 when it could not; 2 for wrong usage.
package main
