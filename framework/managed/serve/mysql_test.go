package serve_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func database(t *testing.T, i managed.Instance, password string) *sql.DB {
	t.Helper()
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = managed.User, password, "tcp", i.Nodes[0].Listen.String(), managed.Store
	c.Logger, c.InterpolateParams = &mysql.NopLogger{}, true
	connector, err := mysql.NewConnector(c)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func one(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	got := all(t, db, query)
	if len(got) != 1 {
		t.Fatalf("%s: %q", query, got)
	}
	return got[0]
}

// all joins the texts of every row.
func all(t *testing.T, db *sql.DB, query string) (texts []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		row, into := make([]string, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, strings.Join(row, "="))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return texts
}

func TestMySQL_tellsItsIdentityAndWhomItSees(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseMySQL, "127.0.5.1")
	start(t, i, serve.Options{})
	db := database(t, i, "first")
	if got := one(t, db, "SELECT name FROM identity"); got != "mysql/1" {
		t.Errorf("identity %q", got)
	}
	user, host, _ := strings.Cut(one(t, db, "SELECT USER()"), "@")
	if saw, err := netip.ParseAddr(host); user != managed.User || err != nil || !saw.IsLoopback() {
		t.Errorf("seen as %s at %s", user, host)
	}
}

func TestMySQL_keepsDataOverDeathAndAnotherPassword(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseMySQL, "127.0.5.2")
	s := start(t, i, serve.Options{})
	db := database(t, i, "first")
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS records (id VARCHAR(190) PRIMARY KEY, value VARCHAR(190))",
		"INSERT INTO records VALUES ('a', '1')", "INSERT INTO records VALUES ('b', '2')",
		"DELETE FROM records WHERE id = 'b'",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	adopt(t, s, deaf(i))
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("a dead database answers")
	}
	changed := i
	changed.Password = "second"
	adopt(t, s, changed)
	var refused *mysql.MySQLError
	if err := database(t, i, "first").PingContext(t.Context()); !errors.As(err, &refused) || refused.Number != 1045 {
		t.Errorf("the old password: %v", err)
	}
	if got := one(t, database(t, i, "second"), "SELECT id, value FROM records WHERE id LIKE 'a%'"); got != "a=1" {
		t.Errorf("read back %q", got)
	}
}

func TestMySQL_servesManyAtOnce(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseMySQL, "127.0.5.3")
	start(t, i, serve.Options{})
	db := database(t, i, "first")
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE records (id VARCHAR(190) PRIMARY KEY, value VARCHAR(190))"); err != nil {
		t.Fatal(err)
	}
	const clients = 8
	errs := make(chan error, clients)
	for n := range clients {
		go func() {
			_, err := db.ExecContext(t.Context(), "INSERT INTO records VALUES (?, 'v')", fmt.Sprint(n))
			errs <- err
		}()
	}
	for range clients {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := all(t, db, "SELECT id, value FROM records WHERE id LIKE '%'"); len(got) != clients {
		t.Errorf("%d of %d rows", len(got), clients)
	}
}

func TestMySQL_endsWithWhoSpeaksSomethingElse(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseMySQL, "127.0.5.4")
	start(t, i, serve.Options{})
	for _, text := range []string{"*1\r\n$4\r\nPING\r\n", "GET / HTTP/1.1\r\n\r\n"} {
		endsWith(t, i.Nodes[0].Listen, text)
	}
	if got := one(t, database(t, i, "first"), "SELECT name FROM identity"); got != "mysql/1" {
		t.Errorf("afterwards %q", got)
	}
}

func TestMySQL_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseMySQL, "127.0.5.5")
	start(t, i, serve.Options{})
	db := database(t, i, "first")
	for _, row := range []struct {
		statement string
		number    uint16
	}{
		{"INSERT INTO records VALUES ('a', '1')", 1146},
		{"CREATE TABLE records (id VARCHAR(190) PRIMARY KEY, value VARCHAR(190))", 0},
		{"CREATE TABLE records (id VARCHAR(190) PRIMARY KEY, value VARCHAR(190))", 1050},
		{`INSERT INTO records VALUES ('it\'s', 'x''y')`, 0},
		{`INSERT INTO records VALUES ('it\'s', 'again')`, 1062},
		{"DROP TABLE records", 1064},
		{"DELETE FROM records WHERE id = 'nobody'", 0},
	} {
		_, err := db.ExecContext(t.Context(), row.statement)
		var own *mysql.MySQLError
		if errors.As(err, &own); (err == nil) != (row.number == 0) || own != nil && own.Number != row.number {
			t.Errorf("%s: %v", row.statement, err)
		}
	}
	if got := one(t, db, `SELECT id, value FROM records WHERE id LIKE 'i_\'%'`); got != "it's=x'y" {
		t.Errorf("read back %q", got)
	}
}
