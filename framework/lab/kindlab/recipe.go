package kindlab

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// recipe is how a real server is run from its image, prepared as package managed
// says. Nothing of it depends on whether the image was pulled or built.
type recipe struct {
	// name is the program's.
	name string
	// memory is the most that the container may take; all servers of both modes
	// together take less than 2 GB.
	memory string
	// script starts the server in place of the shell that reads it.
	script string
	// files are the texts in mountedService.
	files func(i managed.Instance) map[string]string
	// prepare are commands without which a server that runs is not yet the
	// instance; they may be given more than once.
	prepare func(i managed.Instance) [][]string
	// change makes a running server accept the password of the latter.
	change func(was, is managed.Instance) [][]string
	// version asks the server for its version; nil where it says so to everybody
	// who connects. readVersion reads the answer.
	version     func(i managed.Instance) []string
	readVersion func(text string) string
}

// recipeOf returns how the server of a use is run; none where there is no real one.
func recipeOf(u topology.Use) (recipe, bool) {
	switch u {
	case topology.UseRedis:
		return redisRecipe(), true
	case topology.UseMySQL:
		return mariaDBRecipe(), true
	case topology.UseAMQP:
		return rabbitMQRecipe(), true
	default:
		return recipe{}, false
	}
}

// nothing is for servers whose configuration prepares them.
func nothing(managed.Instance) [][]string { return nil }

// redisRecipe runs a cache that appends each command to a file, so that a stopped
// one loses nothing.
func redisRecipe() recipe {
	cli := func(i managed.Instance, command ...string) []string {
		return append([]string{"redis-cli", "--no-auth-warning", "-a", i.Password}, command...)
	}
	return recipe{
		name: "Redis", memory: "128m",
		script: "mkdir -p /data && exec redis-server " + mountedService + "/redis.conf",
		files: func(i managed.Instance) map[string]string {
			return map[string]string{"redis.conf": strings.Join([]string{
				"bind 0.0.0.0", "port " + fmt.Sprint(topology.RedisPort), "dir /data", "appendonly yes", `save ""`,
				"maxmemory 64mb", "requirepass " + strconv.Quote(i.Password), "",
			}, "\n")}
		},
		prepare: func(i managed.Instance) [][]string {
			return [][]string{cli(i, "SET", managed.IdentityKey, i.Identity())}
		},
		change: func(was, is managed.Instance) [][]string {
			return [][]string{cli(was, "CONFIG", "SET", "requirepass", is.Password)}
		},
		version:     func(i managed.Instance) []string { return cli(i, "INFO", "server") },
		readVersion: firstMatch(`redis_version:(\S+)`),
	}
}

// mariaDBRecipe runs a database whose initial tables are made when it is started
// for the first time, with small files. Its init-file is run before it listens.
func mariaDBRecipe() recipe {
	const script = `set -e
data=/var/lib/mysql
options="--no-defaults --user=root --datadir=$data --innodb-log-file-size=4M --innodb-buffer-pool-size=8M --innodb-undo-tablespaces=0
--innodb-temp-data-file-path=ibtmp1:2M:autoextend --innodb-flush-log-at-trx-commit=2 --aria-log-file-size=8M
--aria-pagecache-buffer-size=8M --key-buffer-size=1M --performance-schema=OFF --max-connections=50"
if [ ! -e /var/lib/vpcgate-made ]; then
	rm -rf $data && mkdir -p $data
	sql=/usr/share/mysql
	(printf 'create database mysql;\nuse mysql;\nset @auth_root_socket=null;\n'
	cat $sql/mysql_system_tables.sql $sql/mysql_performance_tables.sql $sql/mysql_system_tables_data.sql) | mariadbd $options --bootstrap
	touch /var/lib/vpcgate-made
fi
mkdir -p /run/mysqld
exec mariadbd $options --socket=/run/mysqld/mysqld.sock --bind-address=0.0.0.0 --skip-name-resolve --init-file=` + mountedService + `/init.sql`
	return recipe{
		name: "MariaDB", memory: "256m", script: script,
		files: func(i managed.Instance) map[string]string {
			return map[string]string{"init.sql": strings.Join([]string{
				fmt.Sprintf("CREATE DATABASE IF NOT EXISTS %s;", managed.Store),
				fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s.identity (name VARCHAR(64) PRIMARY KEY);", managed.Store),
				fmt.Sprintf("REPLACE INTO %s.identity VALUES (%s);", managed.Store, sqlText(i.Identity())),
				fmt.Sprintf("CREATE USER IF NOT EXISTS %s@'%%';", managed.User),
				sqlPassword(i),
				fmt.Sprintf("GRANT ALL ON %s.* TO %s@'%%';", managed.Store, managed.User), "",
			}, "\n")}
		},
		prepare: nothing,
		change: func(_, is managed.Instance) [][]string {
			return [][]string{{
				"mariadb", "--no-defaults", "--socket=/run/mysqld/mysqld.sock", "--user=root", "--execute", sqlPassword(is),
			}}
		},
		// MariaDB hides behind a version of MySQL's from clients that know no better.
		readVersion: firstMatch(`(?:5\.5\.5-)?(\d+\.\d+\.\d+-MariaDB[^\x00]*)`),
	}
}

func sqlPassword(i managed.Instance) string {
	return fmt.Sprintf("ALTER USER %s@'%%' IDENTIFIED BY %s;", managed.User, sqlText(i.Password))
}

// sqlText quotes a text for SQL.
func sqlText(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(text) + "'"
}

// rabbitMQRecipe runs a message broker that imports its users and queues whenever
// it starts. What it needs beside its port stays on the loopback.
func rabbitMQRecipe() recipe {
	const home = "/var/lib/rabbitmq"
	const script = `set -e
export HOME=` + home + ` RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_CONFIG_FILE=` + mountedService + `/rabbitmq.conf
export RABBITMQ_MNESIA_BASE=$HOME/mnesia RABBITMQ_LOGS=- RABBITMQ_ENABLED_PLUGINS_FILE=/dev/null ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none +A 4'
mkdir -p $HOME /var/log/rabbitmq
exec rabbitmq-server`
	return recipe{
		name: "RabbitMQ", memory: "384m", script: script,
		files: func(i managed.Instance) map[string]string {
			return map[string]string{
				"rabbitmq.conf": strings.Join([]string{
					"listeners.tcp.default = " + fmt.Sprintf("0.0.0.0:%d", topology.AMQPPort),
					"load_definitions = " + mountedService + "/definitions.json",
					"log.console = true", "log.console.level = warning", "log.file = false",
					"vm_memory_high_watermark.absolute = 192MiB", "disk_free_limit.absolute = 1MB", "num_acceptors.tcp = 2", "",
				}, "\n"),
				"definitions.json": rabbitDefinitions(i),
			}
		},
		prepare: nothing,
		change: func(_, is managed.Instance) [][]string {
			return [][]string{{
				"env", "HOME=" + home, "RABBITMQ_NODENAME=rabbit@localhost", "rabbitmqctl", "--silent", "change_password", managed.User, is.Password,
			}}
		},
		// A field of the server's properties: name, type, length, text.
		readVersion: firstMatch(`\x07versionS\x00\x00\x00.([0-9.]+)`),
	}
}

// rabbitDefinitions is what a broker imports.
//
// Source: RabbitMQ, "Schema Definition Export and Import", "Credentials and
// Passwords" (a salt of four bytes, and SHA-256 of the salt and the password).
func rabbitDefinitions(i managed.Instance) string {
	salt := sha256.Sum256([]byte(i.Identity()))
	hash := sha256.Sum256(append(salt[:4:4], i.Password...))
	type object = map[string]any
	text, err := json.MarshalIndent(object{
		"users": []object{{
			"name": managed.User, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": []string{},
			"password_hash": base64.StdEncoding.EncodeToString(append(salt[:4:4], hash[:]...)),
		}},
		"vhosts":            []object{{"name": "/"}},
		"permissions":       []object{{"user": managed.User, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}},
		"queues":            []object{{"name": managed.Store, "vhost": "/", "durable": true, "auto_delete": false, "arguments": object{}}},
		"global_parameters": []object{{"name": "cluster_name", "value": i.Identity()}},
	}, "", "  ")
	if err != nil {
		return "" // texts and booleans always have a form
	}
	return string(text) + "\n"
}

// firstMatch returns a function that finds what the expression's group matches.
func firstMatch(expression string) func(string) string {
	re := regexp.MustCompile(expression)
	return func(text string) string {
		if m := re.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		return ""
	}
}
