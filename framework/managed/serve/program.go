package serve

import (
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alicebob/miniredis/v2"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// standIn describes a server that comes from a Go module, in the version that is
// part of this binary.
func standIn(u topology.Use, name, module, of string) managed.Program {
	return managed.Program{Use: u, Name: name, Version: moduleVersion(module), StandIn: of}
}

// own describes a server of vpcgate's own.
func own(u topology.Use, name, of string) managed.Program {
	return standIn(u, name, "github.com/vpcgate/vpcgate", of)
}

// moduleVersion is the version of a module in this binary.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if info.Main.Path == path {
		return info.Main.Version
	}
	for _, m := range info.Deps {
		if m.Path == path {
			if m.Replace != nil {
				m = m.Replace
			}
			return m.Version
		}
	}
	return compiledVersion(path)
}

// compiledVersion is the version in the folder that a module was compiled from: a
// test's binary, as a suite is, lists no modules.
func compiledVersion(path string) string {
	for _, f := range []any{kfake.NewCluster, miniredis.NewMiniRedis} {
		file, _ := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).FileLine(reflect.ValueOf(f).Pointer())
		if _, after, ok := strings.Cut(file, path+"@"); ok {
			version, _, _ := strings.Cut(after, "/")
			return version
		}
	}
	return "unknown"
}
