package config

// Surroundings are what the environment says of the place that output goes to.
// The variables are conventions that many programs share.
type Surroundings struct {
	Colour   ColourPolicy
	Terminal TerminalKind
	// StepSummary is the file that a step of a GitHub workflow shows as its
	// summary, in Markdown; it is empty elsewhere
	// (docs.github.com, workflow commands, "adding a job summary").
	StepSummary string
}

// ColourPolicy says whether a terminal may be coloured.
type ColourPolicy string

const (
	// Colour: terminals are coloured.
	Colour ColourPolicy = "colour"
	// NoColour: they are not, since NO_COLOR is set to anything (no-color.org).
	NoColour ColourPolicy = "no-colour"
)

// TerminalKind says what a terminal can do.
type TerminalKind string

const (
	// Able: its cursor can be moved.
	Able TerminalKind = "able"
	// Dumb: it only prints, since TERM is "dumb".
	Dumb TerminalKind = "dumb"
)

// LookAround reads the surroundings from an environment.
func LookAround(env map[string]string) Surroundings {
	s := Surroundings{Colour: Colour, Terminal: Able, StepSummary: env["GITHUB_STEP_SUMMARY"]}
	if env["NO_COLOR"] != "" {
		s.Colour = NoColour
	}
	if env["TERM"] == "dumb" {
		s.Terminal = Dumb
	}
	return s
}
