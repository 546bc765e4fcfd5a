// Package golden compares what a test produced with a file under testdata.
//
// A difference is shown line by line. Running the package's tests with -update
// writes what the test produced instead of comparing it:
//
//	go test ./framework/lab/fabric -update
//
// Only tests may import it, because it defines the -update flag.
//
//	func TestRender_one_vpc(t *testing.T) {
//		golden.Assert(t, "testdata/one-vpc.nft", render(world).String())
//	}
package golden
