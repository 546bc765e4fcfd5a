// Package authority makes the certificates of a run: a certificate authority that
// exists in memory only, and what its servers show.
package authority
