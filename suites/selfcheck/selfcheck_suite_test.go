package selfcheck_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestSelfcheck(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "selfcheck")
}
