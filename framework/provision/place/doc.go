// Package place says where vpcgate keeps things: the cache of what was built,
// the state of what it started, and the source it builds from. It also holds
// the file lock by which two processes never do the same work twice.
//
// It decides names only and creates nothing but lock files. The packages below
// provision, preflight and the command line may import it.
//
//	unlock, err := place.Lock(ctx, filepath.Join(cache, "node.lock"), nil)
//	if err != nil {
//		return err
//	}
//	defer unlock()
package place
