package seal

import (
	"fmt"
	"strings"
)

// Text is the verification as a terminal shows it.
func (v Verification) Text() string {
	var b strings.Builder
	state := "intact"
	if !v.Intact() {
		state = fmt.Sprintf("edited, findings: %d", len(v.Findings))
	}
	fmt.Fprintf(&b, "run      %s: %s\nsealed   %d files, %d results\nhead     %s%s\n", v.Run, state, v.Files, v.Results, Prefix, v.Head)
	switch {
	case v.SignedBy == "":
		b.WriteString("signed   no\n")
	case v.Proof == BySignature:
		fmt.Fprintf(&b, "signed   by %s\n", v.SignedBy)
	default:
		fmt.Fprintf(&b, "signed   by %s, whom only a key that you give vouches for (--key)\n", v.SignedBy)
	}
	if !v.Intact() {
		b.WriteString("\n")
		for _, f := range v.Findings {
			b.WriteString(f.String() + "\n")
		}
		return b.String()
	}
	fmt.Fprintf(&b, "against  %s\n", v.Proof.against())
	if caveat := v.Proof.Caveat(); caveat != "" {
		fmt.Fprintf(&b, "note     %s\n", caveat)
	}
	return b.String()
}

func (p Proof) against() string {
	switch p {
	case BySignature:
		return "the signature of the key given"
	case ByHead:
		return "the head given"
	default:
		return "its own " + File
	}
}
