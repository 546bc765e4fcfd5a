// Package selfcheck tests the tests: every scenario of the catalogue is proven
// able to fail, on paper in every way and on netns in the ways of the day's turn,
// and labs that lie, know nothing or leave something behind are found out.
package selfcheck
