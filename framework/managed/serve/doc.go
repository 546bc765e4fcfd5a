// Package serve runs instances of managed services: the machine's own programs
// where it has them, else servers that vpcgate brings along and names as what they
// are. A server is started once and then adopts what changes of its instance, its
// password and where it listens, without losing what its clients wrote.
package serve
