package serve_test

import (
	"database/sql"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func refuse(t *testing.T, u topology.Use, at string) {
	t.Helper()
	r, err := serve.Refuse(t.Context(), managed.Refusal{Host: "host", Use: u, At: netip.MustParseAddrPort(at)}, serve.Options{Place: serve.Here})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
}

func TestRefuse_inRedisWords(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseRedis, "127.0.4.1")
	refuse(t, topology.UseRedis, i.Nodes[0].Listen.String())
	err := client(t, i, "first").Get(t.Context(), "k").Err()
	if err == nil || !strings.Contains(err.Error(), serve.RedisRefusal) {
		t.Errorf("refused with %v", err)
	}
}

func TestRefuse_inMySQLWords(t *testing.T) {
	t.Parallel()
	refuse(t, topology.UseMySQL, "127.0.4.2:3306")
	db, err := sql.Open("mysql", "app:x@tcp(127.0.4.2:3306)/vpcgate")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.PingContext(t.Context())
	var refused *mysql.MySQLError
	if !errors.As(err, &refused) || refused.Number != 1130 || !strings.HasPrefix(refused.Message, "Host '127.0.") {
		t.Errorf("refused with %v", err)
	}
}

func TestRefuse_onlyWhereServicesDo(t *testing.T) {
	t.Parallel()
	of := managed.Refusal{Host: "host", Use: topology.UseKafka, At: netip.MustParseAddrPort("127.0.4.3:9092")}
	if _, err := serve.Refuse(t.Context(), of, serve.Options{Place: serve.Here}); err == nil {
		t.Error("a broker refuses by itself")
	}
}
