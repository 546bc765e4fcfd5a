package use

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Error numbers of MySQL and MariaDB servers.
//
// Source: MySQL 8.4 "Server Error Message Reference".
const (
	mysqlAccessDenied   = 1045
	mysqlHostNotAllowed = 1130
	mysqlNoSuchTable    = 1146
)

// mysqlTable makes the table of the clients' records.
const mysqlTable = "CREATE TABLE IF NOT EXISTS records (id VARCHAR(190) PRIMARY KEY, value VARCHAR(190))"

// mysqlConnector connects once: database/sql repeats what a driver calls a bad
// connection.
type mysqlConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c mysqlConnector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if errors.Is(err, driver.ErrBadConn) {
		return nil, errors.New(err.Error())
	}
	return made, err
}

// mysqlConfig is the driver's configuration for an instance.
func mysqlConfig(r Request, dial func(address string) (net.Conn, error)) *mysql.Config {
	c := mysql.NewConfig()
	c.Net, c.Addr = "tcp", r.Target.String()
	c.User, c.Passwd, c.DBName = managed.User, r.Password, managed.Store
	c.DialFunc = func(_ context.Context, _, address string) (net.Conn, error) { return dial(address) }
	c.Timeout, c.ReadTimeout, c.WriteTimeout = r.own(), r.own(), r.own()
	// One question instead of a statement that is prepared, asked and closed.
	c.InterpolateParams = true
	c.Logger = &mysql.NopLogger{}
	return c
}

// useMySQL inserts a row and selects it, with all that was inserted before.
func useMySQL(ctx context.Context, s *session, r Request) error {
	connector, err := mysql.NewConnector(mysqlConfig(r, s.dialing(ctx)))
	if err != nil {
		return err
	}
	db := sql.OpenDB(mysqlConnector{connector})
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	c, err := db.Conn(ctx)
	if err != nil {
		return mysqlError(err)
	}
	defer func() { _ = c.Close() }()
	at := fmt.Sprintf("mysql -h %s -P %d -u %s %s", r.Target.Addr(), r.Target.Port(), managed.User, managed.Store)
	identity, err := mysqlIdentity(ctx, s, c)
	if err != nil {
		return mysqlError(err)
	}
	s.say("%s> SELECT name FROM identity: %s", at, identity)
	b, err := s.book(ctx, r, identity)
	if err != nil {
		return err
	}
	defer b.done()
	n := b.next(r.Client)
	if err := mysqlInsert(ctx, c, n); err != nil {
		return mysqlError(err)
	}
	over := b.acknowledged(n)
	s.say("%s> INSERT INTO records VALUES ('%s', '%s'): Query OK, 1 row affected", at, n.id, n.value)
	read, err := mysqlRead(ctx, c, b.prefix(r.Client))
	if err != nil {
		return mysqlError(err)
	}
	s.say("%s> SELECT value FROM records WHERE id = '%s': %s", at, n.id, read[n.id])
	if err := lost(r, b.check(read)); err != nil {
		return err
	}
	for _, old := range over {
		if _, err := c.ExecContext(ctx, "DELETE FROM records WHERE id = ?", old.id); err != nil {
			return mysqlError(err)
		}
	}
	return nil
}

// mysqlIdentity asks the server who it is and whom it sees.
func mysqlIdentity(ctx context.Context, s *session, c *sql.Conn) (identity string, err error) {
	var user string
	if err := c.QueryRowContext(ctx, "SELECT name FROM identity").Scan(&identity); err != nil {
		return "", err
	}
	if err := c.QueryRowContext(ctx, "SELECT USER()").Scan(&user); err != nil {
		return "", err
	}
	_, host, _ := strings.Cut(user, "@")
	s.note(func(got *Result) {
		got.Identity = identity
		// A server that looks names up may know the client by another than its
		// address; then nobody knows.
		if saw, err := netip.ParseAddr(host); err == nil {
			got.Saw = netip.AddrPortFrom(saw, 0)
		}
	})
	return identity, nil
}

// mysqlInsert inserts a record, and makes the table for the first.
func mysqlInsert(ctx context.Context, c *sql.Conn, n record) error {
	insert := func() error {
		_, err := c.ExecContext(ctx, "INSERT INTO records VALUES (?, ?)", n.id, n.value)
		return err
	}
	err := insert()
	var own *mysql.MySQLError
	if errors.As(err, &own) && own.Number == mysqlNoSuchTable {
		if _, err := c.ExecContext(ctx, mysqlTable); err != nil {
			return err
		}
		err = insert()
	}
	return err
}

// mysqlRead selects the records whose ids begin alike.
func mysqlRead(ctx context.Context, c *sql.Conn, prefix string) (map[string]string, error) {
	rows, err := c.QueryContext(ctx, "SELECT id, value FROM records WHERE id LIKE ?", prefix+"%")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	read := map[string]string{}
	for rows.Next() {
		var id, value string
		if err := rows.Scan(&id, &value); err != nil {
			return nil, err
		}
		read[id] = value
	}
	return read, rows.Err()
}

// mysqlError says what an error of the driver means, if it is the server's own.
func mysqlError(err error) error {
	var own *mysql.MySQLError
	if !errors.As(err, &own) {
		return err
	}
	switch own.Number {
	case mysqlAccessDenied:
		return said(verdict.WrongPassword, err)
	case mysqlHostNotAllowed:
		return said(verdict.NotListed, err)
	default:
		return said("", err)
	}
}
