// Package config is what a run is told from outside: the settings of the
// environment, strictly read, and every duration that the framework waits for.
//
// It does no work of its own and knows no lab. Leaf packages never read the
// environment; they are given what they need by the caller that read it here.
//
//	settings, err := config.Load(config.Environment(), root, time.Now())
//	if err != nil {
//		return err // names every wrong setting at once
//	}
package config
