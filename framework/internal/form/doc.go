// Package form reads the YAML forms that users write, strictly: one document of
// a bounded size, no aliases, no tags, no unknown or repeated field. It knows
// nothing of what the forms say.
package form
