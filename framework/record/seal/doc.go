// Package seal says whether a run's folder is still what the run left behind. A
// manifest lists the hash of every file and of every part of report.json; the
// results are chained, so that one that was edited, removed, added or moved is named.
// Over all of it goes one hash, the head.
//
// What a manifest cannot do alone: who may write the folder can write a new manifest
// as well. The head kept elsewhere, or a signature with a key that the forger does
// not have, is what tells a forgery. The hash is SHA-256 (FIPS 180-4), the signature
// Ed25519 (RFC 8032), keys are PEM as openssl writes them (RFC 8410).
//
// It reads folders and writes none: framework/record does. It knows report.json as
// JSON with results that have a name, and not what they mean.
//
//	m, err := seal.Of("artifacts/20261122-233000-3f2a")
//	m, err = m.Sign(key)
//	v, err := seal.Verify("artifacts/20261122-233000-3f2a", seal.Expect{Head: "…"})
//	for _, f := range v.Findings { … }
package seal
