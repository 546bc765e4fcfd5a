package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// The names under the artifact root.
const (
	// ReportFile is the report in a run's folder.
	ReportFile = "report.json"
	// SummaryFile is the run's end in Markdown, for the summary of a CI's step.
	SummaryFile = "summary.md"
	// BadgeFile is the run's result as a badge.
	BadgeFile = "badge.svg"
	// PageFile is the report as a page; package page makes it.
	PageFile = "report.html"
	// JUnitFile is the JUnit form of the report in a run's folder.
	JUnitFile = "junit.xml"
	// Latest is the symbolic link to the newest run's folder.
	Latest = "latest"
)

// maxReportBytes bounds what Read is willing to load; a full run's report has a
// few megabytes.
const maxReportBytes = 256 << 20

// File is one file of a run's folder beside the report.
type File struct {
	// Name is the path in the folder, with forward slashes.
	Name    string
	Content []byte
}

// Write writes report.json, junit.xml, summary.md, badge.svg and the files given into the run's folder
// under root, each whole or not at all, and points root's "latest" to that folder. A
// manifest of what was there before goes first: Seal makes the new one, last.
func Write(root string, r Report, files ...File) error {
	if err := write(root, r, files); err != nil {
		return fmt.Errorf("write report of run %s: %w", r.Run.ID, err)
	}
	return nil
}

func write(root string, r Report, files []File) error {
	report, err := encode(r)
	if err != nil {
		return err
	}
	junit, err := JUnit(r)
	if err != nil {
		return err
	}
	dir := filepath.Join(root, r.Run.ID)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := ignoreGone(os.Remove(filepath.Join(dir, seal.File))); err != nil {
		return err
	}
	files = append(slices.Clone(files), File{ReportFile, report}, File{JUnitFile, junit},
		File{SummaryFile, []byte(Markdown(r))}, File{BadgeFile, []byte(Badge(r))})
	problems := make([]error, 0, len(files)+1)
	for _, f := range files {
		problems = append(problems, add(dir, f))
	}
	return errors.Join(append(problems, point(filepath.Join(root, Latest), r.Run.ID))...)
}

// add writes one file into a run's folder.
func add(dir string, f File) error {
	if !filepath.IsLocal(filepath.FromSlash(f.Name)) {
		return fmt.Errorf("add %q: it is no path in the run's folder", f.Name)
	}
	path := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return replace(path, f.Content)
}

// encode writes a report. A list that the schema requires is an empty one and never
// null.
func encode(r Report) ([]byte, error) {
	r.Results = append([]Result{}, r.Results...)
	r.Run.Labs = append([]lab.Name{}, r.Run.Labs...)
	r.Run.Modes = append([]topology.Mode{}, r.Run.Modes...)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// replace writes a file beside the named one and renames it, so that a reader
// sees the old content or the new one and a crash leaves one of them.
func replace(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreGone(os.Remove(f.Name())))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// point makes a symbolic link, replacing a former one atomically. Anything else
// of that name is not ours and stays.
func point(link, target string) error {
	switch info, err := os.Lstat(link); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink == 0:
		return fmt.Errorf("point %s to %s: it exists and is no symbolic link", link, target)
	}
	beside := fmt.Sprintf("%s-%s-%d", link, target, os.Getpid())
	if err := os.Symlink(target, beside); err != nil {
		return err
	}
	if err := os.Rename(beside, link); err != nil {
		return errors.Join(err, ignoreGone(os.Remove(beside)))
	}
	return nil
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Read reads a report.json strictly: of a version that is known, without unknown
// fields or anything behind it, and of bounded size. An older version comes back as
// one of Schema.
func Read(path string) (Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return Report{}, fmt.Errorf("read report: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	r, err := decode(f)
	if err != nil {
		return Report{}, fmt.Errorf("read report %s: %w", path, err)
	}
	return r, nil
}

func decode(from io.Reader) (Report, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxReportBytes+1))
	if err != nil {
		return Report{}, err
	}
	if len(text) > maxReportBytes {
		return Report{}, fmt.Errorf("it is larger than %d bytes", maxReportBytes)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return Report{}, err
	}
	if !slices.Contains(Versions(), head.Schema) {
		return Report{}, unreadable(head.Schema)
	}
	var r Report
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Report{}, err
	}
	r, err = upgrade(r)
	if err != nil {
		return Report{}, err
	}
	return r, r.validate()
}

func (r Report) validate() error {
	var problems []error
	switch r.Run.Outcome {
	case Success, Partial, Failure:
	default:
		problems = append(problems, fmt.Errorf("run result %q is unknown", r.Run.Outcome))
	}
	for i, result := range r.Results {
		switch result.Outcome {
		case Success, Failure, NotRun:
		default:
			problems = append(problems, fmt.Errorf("results[%d] %s: result %q is unknown", i, result.Name(), result.Outcome))
		}
	}
	return errors.Join(problems...)
}
