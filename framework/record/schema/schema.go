package schema

import (
	_ "embed" // the schema is part of the program
)

// File is the name of the schema of the version that is written now.
const File = "report-v1alpha2.schema.json"

//go:embed report-v1alpha2.schema.json
var report []byte

// Report is the JSON Schema of the report.json that this vpcgate writes.
func Report() []byte { return append([]byte(nil), report...) }
