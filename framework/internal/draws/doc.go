// Package draws has what everything shares that draws from a seed and goes on with
// several workers side by side: the numbers of a seed, and the workers.
package draws
