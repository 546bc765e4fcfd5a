// Package labtest holds small worlds and flows with the verdict that the
// documentation promises, so that every lab is held to the same table: the oracle
// must predict it and the wire must show it.
//
// It is imported by tests only. Scenarios take their worlds from fixtures/worlds;
// the worlds here are as small as the rule that they show.
//
//	for _, c := range labtest.Cases() {
//		got := paperlab.New().Predict(c.World, c.Flow)
//		...
//	}
package labtest
