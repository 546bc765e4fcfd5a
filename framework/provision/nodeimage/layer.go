package nodeimage

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// layer writes one layer of an image into a file: entries owned by root, all of
// one time, so that equal contents make equal layers.
type layer struct {
	file *os.File
	sum  hash.Hash
	tw   *tar.Writer
	dirs map[string]bool
}

// newLayer creates the layer's file.
func newLayer(file string) (*layer, error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("create layer: %w", err)
	}
	l := &layer{file: f, sum: sha256.New(), dirs: map[string]bool{}}
	l.tw = tar.NewWriter(io.MultiWriter(f, l.sum))
	return l, nil
}

// writeLayer creates a layer, fills it, and returns its digest.
func writeLayer(file string, fill func(*layer) error) (digest string, err error) {
	l, err := newLayer(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, l.file.Close()) }()
	if err := fill(l); err != nil {
		return "", fmt.Errorf("write layer %s: %w", filepath.Base(file), err)
	}
	if err := l.tw.Close(); err != nil {
		return "", fmt.Errorf("write layer %s: %w", filepath.Base(file), err)
	}
	return "sha256:" + hex.EncodeToString(l.sum.Sum(nil)), nil
}

// layerTime is the time of every entry: the beginning of the kernel's calendar,
// since some tools warn about files from it but none about files after it.
func layerTime() time.Time { return time.Unix(0, 0).UTC() }

// header writes an entry and, before it, the folders above it.
func (l *layer) header(h *tar.Header) error {
	if err := l.parents(h.Name); err != nil {
		return err
	}
	h.ModTime, h.Format = layerTime(), tar.FormatPAX
	return l.tw.WriteHeader(h)
}

// parents writes the folders above a path that this layer has not yet.
func (l *layer) parents(name string) error {
	parent := path.Dir(strings.TrimSuffix(name, "/"))
	if parent == "." || parent == "/" || l.dirs[parent] {
		return nil
	}
	return l.dir(parent, 0o755)
}

// dir writes a folder.
func (l *layer) dir(name string, mode int64) error {
	if l.dirs[name] {
		return nil
	}
	l.dirs[name] = true
	return l.header(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode})
}

// text writes a file with the given content.
func (l *layer) text(name string, mode int64, content []byte) error {
	if err := l.header(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := l.tw.Write(content)
	return err
}

// copyFile writes a file with the content of one on disk.
func (l *layer) copyFile(name string, mode int64, from string) (err error) {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := l.header(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(l.tw, f)
	return err
}

// link writes a symbolic link.
func (l *layer) link(name, target string) error {
	return l.header(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777})
}

// tree writes a folder of the disk below a folder of the layer.
func (l *layer) tree(under, from string) error {
	return filepath.WalkDir(from, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name := path.Join(under, filepath.ToSlash(rel))
		switch {
		case entry.IsDir():
			return l.dir(name, int64(info.Mode().Perm()))
		case entry.Type().IsRegular():
			return l.copyFile(name, int64(info.Mode().Perm()), file)
		default:
			return fmt.Errorf("%s: neither file nor folder", file)
		}
	})
}
