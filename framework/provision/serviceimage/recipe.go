package serviceimage

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
)

// Service is a server that an image is made of.
type Service string

const (
	// Redis is the cache.
	Redis Service = "redis"
	// MariaDB is the relational database.
	MariaDB Service = "mariadb"
	// RabbitMQ is the message broker.
	RabbitMQ Service = "rabbitmq"
)

// Services lists the servers.
func Services() []Service { return []Service{Redis, MariaDB, RabbitMQ} }

// UpstreamRef returns the name under which the official image is published, of
// the release series that Debian has.
func UpstreamRef(s Service) string {
	switch s {
	case Redis:
		return "redis:7.0.15"
	case MariaDB:
		return "mariadb:10.11.14"
	case RabbitMQ:
		return "rabbitmq:3.10.25"
	default:
		return ""
	}
}

// recipeVersion changes whenever this package makes other images of the same
// packages.
const recipeVersion = "3"

// suite is the Debian release that the packages are of. It is fixed, so that every
// host builds the same servers.
const suite = "bookworm"

// packages are extracted with all that they depend on; layerOf says what of it is
// kept, and where.
var packages = []string{
	"bash", "coreutils", "findutils", "grep", "hostname", "iproute2", "mawk", "procps", "sed",
	"redis-server", "redis-tools", "mariadb-server-core", "mariadb-client-core", "rabbitmq-server",
}

// base is the layer that the images share.
const base Service = "base"

// own are the files of each server, by pattern; one that ends in a slash is of
// everything below.
func own(s Service) []string {
	switch s {
	case Redis:
		return []string{"usr/bin/redis-*"}
	case MariaDB:
		return []string{"usr/bin/mariadb", "usr/sbin/mariadbd", "usr/share/mysql/charsets/", "usr/share/mysql/english/", "usr/share/mysql/mysql_*.sql"}
	case RabbitMQ:
		return []string{"usr/lib/erlang/", "usr/lib/rabbitmq/", "usr/bin/erl", "usr/bin/epmd", "usr/bin/escript"}
	default:
		return nil
	}
}

// plugins are the parts of RabbitMQ that speak AMQP; the rest speaks other
// protocols, manages it or finds its peers.
var plugins = []string{
	"accept", "amqp10_client", "amqp10_common", "amqp_client", "aten", "base64url", "credentials_obfuscation", "cuttlefish",
	"enough", "gen_batch_server", "getopt", "jsx", "observer_cli", "osiris", "ra", "rabbit", "rabbit_common", "rabbitmq_prelaunch",
	"ranch", "recon", "seshat", "stdout_formatter", "syslog", "sysmon_handler", "systemd",
}

// unwanted are the files that no image has: what installs packages, sets up
// users, interprets other languages or repairs files; what a container's engine
// makes itself; and everything for readers and translators. Copyright files stay:
// they are a condition of handing the packages on.
var unwanted = []string{
	"boot/", "dev/", "proc/", "run/", "sys/", "etc/hostname", "etc/resolv.conf", "etc/fstab", "etc/apt/", "etc/cron*/", "etc/init.d/",
	"etc/logrotate.d/", "etc/mysql/", "etc/pam.d/", "etc/redis/", "etc/security/", "etc/dpkg/", "etc/mime.types", "etc/systemd/",
	"usr/bin/perl*", "usr/bin/python*", "usr/bin/py*", "usr/bin/pod*", "usr/bin/cpan*", "usr/bin/dpkg*", "usr/bin/deb*", "usr/bin/h2*",
	"usr/bin/openssl", "usr/bin/socat", "usr/bin/filan", "usr/bin/procan", "usr/bin/mariadb-*", "usr/bin/mysql*", "usr/bin/innochecksum",
	"usr/bin/my_print_defaults", "usr/bin/resolveip", "usr/bin/rabbitmqadmin",
	"usr/sbin/*add*", "usr/sbin/*del*", "usr/sbin/*mod", "usr/sbin/*conv", "usr/sbin/cron", "usr/sbin/rabbitmq*",
	"usr/lib/python*/", "usr/lib/systemd/", "usr/lib/*/gconv/", "usr/lib/*/perl*/", "usr/lib/*/libperl*", "usr/lib/*/security/", "usr/lib/*/mariadb*/",
	"usr/lib/*/libpython*", "usr/lib/*/cmake/", "usr/lib/*/pkgconfig/", "usr/lib/usrmerge/", "usr/lib/ocf/", "usr/lib/mime/", "usr/lib/valgrind/",
	"usr/include/", "usr/games/", "usr/share/", "var/cache/", "var/lib/", "var/log/", "var/mail/",
}

// layerOf says which layer has a file; none where no image has it.
func layerOf(name string) (Service, bool) {
	if matches("usr/share/doc/*/copyright", name) || strings.HasPrefix(name, "usr/share/common-licenses/") {
		return base, true
	}
	for _, s := range Services() {
		if slices.ContainsFunc(own(s), func(p string) bool { return matches(p, name) }) {
			return s, isServed(name)
		}
	}
	return base, !slices.ContainsFunc(unwanted, func(p string) bool { return matches(p, name) })
}

// isServed reports whether a server's own file takes part in serving.
func isServed(name string) bool {
	if strings.HasPrefix(name, "usr/bin/redis-") {
		// In Debian the server is a link to the program that checks its files.
		return slices.Contains([]string{"usr/bin/redis-server", "usr/bin/redis-check-rdb", "usr/bin/redis-cli"}, name)
	}
	_, plugin, ok := strings.Cut(name, "/plugins/")
	if !ok {
		return true
	}
	plugin, _, _ = strings.Cut(plugin, "-")
	return slices.Contains(plugins, plugin)
}

// matches reports whether a pattern of this recipe matches a path.
func matches(pattern, name string) bool {
	if strings.HasSuffix(pattern, "/") {
		parts := strings.Count(pattern, "/")
		fields := strings.SplitN(name, "/", parts+1)
		if len(fields) < parts {
			return false
		}
		pattern, name = strings.TrimSuffix(pattern, "/"), strings.Join(fields[:parts], "/")
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// links make the names that installation scripts would have made.
func links(s Service) map[string]string {
	if s != base {
		return nil
	}
	return map[string]string{
		"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64",
		"usr/bin/sh": "bash", "usr/bin/awk": "mawk", "usr/bin/which": "which.debianutils",
	}
}

// texts are the files that installation scripts would have written.
func texts(s Service) map[string]string {
	if s != base {
		return nil
	}
	return map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"etc/group":  "root:x:0:\nnogroup:x:65534:\n",
	}
}

// needed must have been found, else the packages are not what this recipe knows.
func needed(s Service) string {
	switch s {
	case Redis:
		return "usr/bin/redis-check-rdb" // what the server is a link to
	case MariaDB:
		return "usr/sbin/mariadbd"
	case RabbitMQ:
		return "usr/lib/rabbitmq/bin/rabbitmq-server"
	default:
		return "usr/bin/bash"
	}
}

// layersKey stands for everything that decides what the layers are.
func layersKey() string {
	parts := slices.Concat([]string{recipeVersion, suite, runtime.GOARCH}, packages, plugins, unwanted)
	for _, s := range append(Services(), base) {
		parts = append(parts, own(s)...)
		for _, texts := range []map[string]string{links(s), texts(s)} {
			parts = append(parts, fmt.Sprint(texts)) // maps are printed in order
		}
	}
	h := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s\n", len(part), part) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// ref is the name of a built image in the engine.
func ref(s Service) string { return "vpcgate.dev/" + string(s) + ":" + layersKey() }
