package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reader reads single settings and collects what is wrong with them.
type reader struct {
	env      map[string]string
	problems []error
}

func (r *reader) problem(variable, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf("%s: %w", variable, fmt.Errorf(format, args...)))
}

// choices reads a comma list of known words and returns them in known order.
func choices[T ~string](r *reader, variable string, known []T) []T {
	text := r.env[variable]
	if text == "" {
		return slices.Clone(known)
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	chosen := map[T]bool{}
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if !slices.Contains(words, word) {
			r.problem(variable, "unknown %q; %s", word, Suggest(word, words))
			continue
		}
		chosen[T(word)] = true
	}
	return slices.DeleteFunc(slices.Clone(known), func(k T) bool { return !chosen[k] })
}

func (r *reader) regexp(variable string) string {
	text := r.env[variable]
	if _, err := regexp.Compile(text); err != nil {
		r.problem(variable, "%q is no regular expression: %w", text, err)
	}
	return text
}

func (r *reader) keep() KeepPolicy {
	switch text := r.env[EnvKeep]; text {
	case "", "0", "false", "no":
		return TakeDown
	case "1", "true", "yes":
		return KeepLabs
	default:
		r.problem(EnvKeep, "%q is neither 1 nor 0", text)
		return TakeDown
	}
}

func (r *reader) runID(now time.Time) string {
	id := r.env[EnvRun]
	if id == "" {
		return NewRunID(now)
	}
	if err := CheckRunID(id); err != nil {
		r.problem(EnvRun, "%w", err)
	}
	return id
}

// dir reads a folder; a relative one is under root, wherever the process runs.
func (r *reader) dir(variable, root, otherwise string) string {
	text := r.env[variable]
	switch {
	case text == "":
		return otherwise
	case filepath.IsAbs(text):
		return filepath.Clean(text)
	default:
		return filepath.Join(root, text)
	}
}

func (r *reader) kubernetes() string {
	text := r.env[EnvKubernetes]
	if text == "" {
		return ""
	}
	if !kubernetesPattern.MatchString(text) {
		r.problem(EnvKubernetes, "%q is no Kubernetes version such as v1.37.2", text)
	}
	return "v" + strings.TrimPrefix(text, "v")
}

func (r *reader) timingFactor() float64 {
	text := r.env[EnvTimingFactor]
	if text == "" {
		return 1
	}
	factor, err := strconv.ParseFloat(text, 64)
	// The comparison is written so that "not a number" fails it too.
	if err != nil || !(factor >= minTimingFactor && factor <= maxTimingFactor) {
		r.problem(EnvTimingFactor, "%q is no number from %g to %g", text, minTimingFactor, float64(maxTimingFactor))
		return 1
	}
	return factor
}

// turn reads a turn; without one it is the day's, in UTC.
func (r *reader) turn(now time.Time) Turn {
	const secondsOfADay = 24 * 60 * 60
	switch text := r.env[EnvTeeth]; text {
	case "":
		return Turn(now.Unix() / secondsOfADay)
	case allTurns:
		return AllTurns
	default:
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			r.problem(EnvTeeth, "%q is neither %q nor a turn's number", text, allTurns)
		}
		return Turn(n)
	}
}

func (r *reader) browser() BrowserPolicy {
	switch p := BrowserPolicy(r.env[EnvBrowser]); p {
	case "":
		return BrowserOptional
	case BrowserOptional, BrowserRequired:
		return p
	default:
		r.problem(EnvBrowser, "%q is neither %s nor %s", p, BrowserOptional, BrowserRequired)
		return BrowserOptional
	}
}

// unknown reports the variables that look meant for vpcgate and are not known.
func (r *reader) unknown() {
	known := knownVariables()
	for _, variable := range slices.Sorted(maps.Keys(r.env)) {
		if !strings.HasPrefix(variable, ownPrefix) || slices.Contains(known, variable) ||
			slices.Contains(internalVariables(), variable) {
			continue
		}
		r.problem(variable, "no such setting; %s", Suggest(variable, known))
	}
}
