// Package selfcheck tests the tests: every scenario of the catalogue is proven
// able to fail, and labs that lie, know nothing or leave something behind are
// found out. It runs on paper alone and needs no privilege.
package selfcheck
