// Package use is how a managed service is used: by the client library that its
// users have, from wherever a dialer connects from.
//
// [Do] connects, says the password, asks the server who it is, writes something
// new, and reads back all that the same client ever had acknowledged by that
// server. It says what went wrong from the library's typed errors and from what
// the connections met, and always keeps the library's own words. It retries
// nothing: a network's fault shows at the first connection.
//
// [Produce] is the opposite: a client that retries as its library does, for a
// while, whatever happens meanwhile. [Verify] then reads all that was acknowledged.
//
// The package knows no world and gives no verdict. It opens no socket itself and
// leaves none, and no goroutine, behind. Package probe imports it; its servers are
// in package serve.
//
//	r := use.Do(ctx, dial, use.Request{Use: topology.UseRedis, Target: cache, Password: "…", Client: "pod-a", Ledger: ledger, Timeout: time.Second})
//	// r.Err == nil, r.Identity == "cache/3f2a", r.Saw.Addr() == podA
package use
