package nodeimage

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// The programs that kube-proxy runs, and the names under which it looks for the
// first one.
const xtables = "usr/sbin/xtables-nft-multi"

// netfilterPrograms returns the programs that kube-proxy starts.
func netfilterPrograms() []string {
	return []string{xtables, "usr/sbin/nft", "usr/sbin/conntrack"}
}

// iptablesNames returns the names that one multi-call binary answers to.
func iptablesNames() []string {
	return []string{
		"iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore",
		"iptables-nft", "ip6tables-nft",
	}
}

// rootFile is a file of a root file system that kube-proxy's image may need.
type rootFile struct {
	content []byte
	link    string
}

// netfilterFiles returns, from a root file system, everything that kube-proxy's
// image needs beside kube-proxy: the programs, the folder of xtables
// extensions, and the libraries of both. The libraries are found by reading
// what each file says it needs, since a forgotten one shows only as a Service
// that works with one endpoint and silently fails with two.
func netfilterFiles(rootfs string) (map[string]rootFile, error) {
	all, err := libraries(rootfs)
	if err != nil {
		return nil, err
	}
	wanted := map[string]rootFile{}
	var queue []string
	for name := range all {
		if slices.Contains(netfilterPrograms(), name) || strings.Contains(name, "/xtables/") {
			queue = append(queue, name)
		}
	}
	slices.Sort(queue)
	for _, program := range netfilterPrograms() {
		if _, ok := all[program]; !ok {
			return nil, fmt.Errorf("root file system lacks %s", program)
		}
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if _, done := wanted[name]; done {
			continue
		}
		file := all[name]
		wanted[name] = file
		next, err := needs(name, file, all)
		if err != nil {
			return nil, err
		}
		queue = append(queue, next...)
	}
	return wanted, nil
}

// libraries reads the programs, the loader and every library of a root file
// system, with the links among them.
func libraries(rootfs string) (map[string]rootFile, error) {
	all := map[string]rootFile{}
	err := eachEntry(rootfs, func(h *tar.Header, content io.Reader) error {
		isLibrary := strings.HasPrefix(h.Name, "usr/lib") && strings.Contains(path.Base(h.Name), ".so")
		if !isLibrary && !slices.Contains(netfilterPrograms(), h.Name) {
			return nil
		}
		switch h.Typeflag {
		case tar.TypeSymlink:
			all[h.Name] = rootFile{link: h.Linkname}
		case tar.TypeReg:
			data, err := io.ReadAll(content)
			all[h.Name] = rootFile{content: data}
			return err
		}
		return nil
	})
	return all, err
}

// needs returns the files of the root file system that a file needs: a link its
// target, a program its loader and libraries.
func needs(name string, file rootFile, all map[string]rootFile) ([]string, error) {
	if file.link != "" {
		target := path.Join(path.Dir(name), file.link)
		if strings.HasPrefix(file.link, "/") {
			target = merged(strings.TrimPrefix(file.link, "/"))
		}
		return []string{target}, nil
	}
	e, err := elf.NewFile(bytes.NewReader(file.content))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	imported, err := e.ImportedLibraries()
	if err != nil {
		return nil, fmt.Errorf("read libraries of %s: %w", name, err)
	}
	var found []string
	for _, library := range imported {
		at := locate(library, all)
		if at == "" {
			return nil, fmt.Errorf("%s needs %s, which the root file system lacks", name, library)
		}
		found = append(found, at)
	}
	loader, err := interpreter(e)
	if err != nil {
		return nil, fmt.Errorf("read loader of %s: %w", name, err)
	}
	if loader != "" {
		found = append(found, loader)
	}
	return found, nil
}

// locate returns where a library is, "" if nowhere.
func locate(library string, all map[string]rootFile) string {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if path.Base(name) == library {
			return name
		}
	}
	return ""
}

// interpreter returns the loader that a program names, "" for a library.
func interpreter(e *elf.File) (string, error) {
	for _, p := range e.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		data, err := io.ReadAll(p.Open())
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return merged(strings.Trim(string(data), "/\x00")), nil
	}
	return "", nil
}

// merged returns a path as it is on a system whose /lib, /bin and /sbin are
// links into /usr, as every Debian since 12 is.
func merged(name string) string {
	for _, top := range []string{"lib", "lib64", "bin", "sbin"} {
		if strings.HasPrefix(name, top+"/") {
			return "usr/" + name
		}
	}
	return name
}

// netfilter writes the files that kube-proxy needs, and the links by which they
// are found.
func (l *layer) netfilter(files map[string]rootFile) error {
	for _, top := range []string{"lib", "lib64", "bin", "sbin"} {
		if err := l.link(top, "usr/"+top); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := files[name]
		var err error
		if file.link != "" {
			err = l.link(name, file.link)
		} else {
			err = l.text(name, 0o755, file.content)
		}
		if err != nil {
			return err
		}
	}
	for _, name := range iptablesNames() {
		if err := l.link("usr/sbin/"+name, path.Base(xtables)); err != nil {
			return err
		}
	}
	return nil
}
