package serve

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// text is a literal of MySQL's language.
const text = `'((?:[^'\\]|\\.|'')*)'`

// The statements that are understood: those of the one client that there is.
var (
	selectIdentity = statement(`SELECT name FROM identity`)
	selectUser     = statement(`SELECT USER\(\)`)
	createRecords  = statement(`CREATE TABLE (IF NOT EXISTS )?records ?\(id VARCHAR\(\d+\) PRIMARY KEY, value VARCHAR\(\d+\)\)`)
	insertRecord   = statement(`INSERT INTO records VALUES \(` + text + `, ?` + text + `\)`)
	selectRecords  = statement(`SELECT id, ?value FROM records WHERE id LIKE ` + text)
	deleteRecord   = statement(`DELETE FROM records WHERE id = ` + text)
)

func statement(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?is)^\s*` + strings.ReplaceAll(pattern, " ", `\s+`) + `\s*;?\s*$`)
}

// records is the one table that clients make. It is safe for concurrent use.
type records struct {
	mu    sync.Mutex
	table map[string]string // nil until it is made
}

// session is what a statement may ask of its connection.
type session struct{ identity, user string }

// found is what comes of a statement: rows, or how many were changed.
type found struct {
	columns []string
	rows    [][]string
	changed int
}

func (r *records) execute(query string, s session) (found, error) {
	switch {
	case selectIdentity.MatchString(query):
		return found{columns: []string{"name"}, rows: [][]string{{s.identity}}}, nil
	case selectUser.MatchString(query):
		return found{columns: []string{"USER()"}, rows: [][]string{{s.user}}}, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := createRecords.FindStringSubmatch(query); m != nil {
		return found{}, r.create(m[1] != "")
	}
	for pattern, execute := range map[*regexp.Regexp]func(args []string) (found, error){
		insertRecord: r.insert, selectRecords: r.choose, deleteRecord: r.remove,
	} {
		m := pattern.FindStringSubmatch(query)
		if m == nil {
			continue
		}
		if r.table == nil {
			return found{}, &mysqlError{1146, "42S02", "Table 'vpcgate.records' doesn't exist"}
		}
		args := make([]string, len(m)-1)
		for i := range args {
			args[i] = unquote(m[i+1])
		}
		return execute(args)
	}
	return found{}, &mysqlError{1064, "42000", fmt.Sprintf("You have an error in your SQL syntax; this stand-in does not know %.80q", query)}
}

func (r *records) create(tolerant bool) error {
	if r.table != nil && !tolerant {
		return &mysqlError{1050, "42S01", "Table 'records' already exists"}
	}
	if r.table == nil {
		r.table = map[string]string{}
	}
	return nil
}

func (r *records) insert(args []string) (found, error) {
	if _, taken := r.table[args[0]]; taken {
		return found{}, &mysqlError{1062, "23000", fmt.Sprintf("Duplicate entry '%s' for key 'records.PRIMARY'", args[0])}
	}
	r.table[args[0]] = args[1]
	return found{changed: 1}, nil
}

func (r *records) choose(args []string) (found, error) {
	like := likeness(args[0])
	f := found{columns: []string{"id", "value"}}
	for _, id := range slices.Sorted(maps.Keys(r.table)) {
		if like.MatchString(id) {
			f.rows = append(f.rows, []string{id, r.table[id]})
		}
	}
	return f, nil
}

func (r *records) remove(args []string) (found, error) {
	if _, there := r.table[args[0]]; !there {
		return found{}, nil
	}
	delete(r.table, args[0])
	return found{changed: 1}, nil
}

// likeness is a pattern of LIKE: a percent sign is anything, an underscore any
// character, a backslash takes its meaning from the next.
func likeness(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	escaped := false
	for _, c := range pattern {
		switch {
		case escaped:
			escaped = false
			b.WriteString(regexp.QuoteMeta(string(c)))
		case c == '\\':
			escaped = true
		case c == '%':
			b.WriteString(`.*`)
		case c == '_':
			b.WriteString(`.`)
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	b.WriteString(`$`)
	return regexp.MustCompile(b.String())
}

// unquote is what a literal stands for. In a pattern of LIKE, what is escaped there
// stays so.
func unquote(literal string) string {
	return strings.NewReplacer(
		`''`, `'`, `\'`, `'`, `\"`, `"`, `\\`, `\`, `\n`, "\n", `\r`, "\r", `\t`, "\t", `\0`, "\x00", `\Z`, "\x1a",
	).Replace(literal)
}
