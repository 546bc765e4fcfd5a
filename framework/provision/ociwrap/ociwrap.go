package ociwrap

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Prepare takes the missing capabilities out of whatever file the runtime's
// arguments name: the bundle's config.json of a create or run, the process file
// of an exec. Any other command is left alone.
func Prepare(args, missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	file, edit := target(args)
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the runtime reports it better
	}
	if err != nil {
		return fmt.Errorf("strip capabilities from %s: %w", file, err)
	}
	stripped, err := edit(text, missing)
	if err != nil {
		return fmt.Errorf("strip capabilities from %s: %w", file, err)
	}
	if err := os.WriteFile(file, stripped, 0o600); err != nil {
		return fmt.Errorf("strip capabilities from %s: %w", file, err)
	}
	return nil
}

// target returns the file that a runtime's command reads capabilities from, and
// how to edit it; "" when the command reads none.
func target(args []string) (string, func(text []byte, missing []string) ([]byte, error)) {
	command := slices.IndexFunc(args, func(arg string) bool { return arg == "create" || arg == "run" || arg == "exec" })
	if command < 0 {
		return "", nil
	}
	rest := args[command+1:]
	if args[command] == "exec" {
		return option(rest, "--process", "-p"), StripProcess
	}
	bundle := option(rest, "--bundle", "-b")
	if bundle == "" {
		bundle = "." // the runtime's own default
	}
	return filepath.Join(bundle, "config.json"), StripConfig
}

// option returns the value of an option in any of its forms.
func option(args []string, names ...string) string {
	for i, arg := range args {
		for _, name := range names {
			if arg == name && i+1 < len(args) {
				return args[i+1]
			}
			if value, ok := strings.CutPrefix(arg, name+"="); ok {
				return value
			}
		}
	}
	return ""
}

// StripConfig returns a container's configuration without the missing
// capabilities. Everything else stays as it is.
func StripConfig(text []byte, missing []string) ([]byte, error) {
	return editField(text, "process", func(process []byte) ([]byte, error) { return StripProcess(process, missing) })
}

// StripProcess returns a process's description without the missing
// capabilities. Everything else stays as it is.
func StripProcess(text []byte, missing []string) ([]byte, error) {
	return editField(text, "capabilities", func(text []byte) ([]byte, error) {
		var sets map[string][]string
		if err := json.Unmarshal(text, &sets); err != nil {
			return nil, err
		}
		for name, set := range sets {
			sets[name] = slices.DeleteFunc(set, func(c string) bool { return slices.Contains(missing, c) })
		}
		return json.Marshal(sets)
	})
}

// editField returns a JSON object with one of its fields edited. The others are
// kept byte by byte, so that no number loses its precision. A field that is
// not there is not added.
func editField(text []byte, field string, edit func([]byte) ([]byte, error)) ([]byte, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	value, ok := object[field]
	if !ok || string(value) == "null" {
		return text, nil
	}
	edited, err := edit(value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	object[field] = edited
	return json.Marshal(object)
}
