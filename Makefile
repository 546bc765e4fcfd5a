# vpcgate: what people and CI run. `make` alone explains the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Building must not depend on who owns the checkout.
export GOFLAGS ?= -buildvcs=false

# What a run is told; each is also a setting of the environment, see README.md.
LAB ?=
MODE ?=
FOCUS ?=
KEEP ?=
K8S_VERSION ?=
# How long fuzz, chaos, or each target of fuzz-parsers, goes on, and what fuzz and chaos draw from.
FOR ?= 60s
SEED ?= 0
ifneq ($(LAB),)
export VPCGATE_LAB := $(LAB)
endif
ifneq ($(MODE),)
export VPCGATE_MODE := $(MODE)
endif
ifneq ($(FOCUS),)
export VPCGATE_FOCUS := $(FOCUS)
endif
ifneq ($(KEEP),)
export VPCGATE_KEEP := $(KEEP)
endif
ifneq ($(K8S_VERSION),)
export K8S_VERSION
endif

VPCGATE := bin/vpcgate
LINTER := go tool -modfile=scripts/lint/go.mod golangci-lint
ACTIONLINT := go tool -modfile=scripts/actionlint/go.mod actionlint
# Packages whose tests need nothing but Go; the suites come after them.
UNITS := ./framework/... ./fixtures/... ./suites/scenarios/...

# Packages whose tests compare with golden files; with -update they write them.
GOLDEN = $(shell go list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}' $(UNITS) | awk '/internal\/golden/ && $$1 !~ /golden$$/ { print $$1 }')

##@ Use

.PHONY: help
help: ## explain the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nsettings: LAB=paper|netns|kind  MODE=tunnel|routed  FOCUS=SG-001  KEEP=1  K8S_VERSION=v1.37.0\n'

.PHONY: conformance
conformance: build ## run the catalogue on paper, netns and kind (LAB, MODE, FOCUS, KEEP, K8S_VERSION)
	@$(VPCGATE) run

.PHONY: rerun-failed
rerun-failed: build ## run again what failed in the newest report
	@$(VPCGATE) run --rerun-failed

.PHONY: doctor
doctor: build ## say what this host can and cannot do, and what to do about it
	@$(VPCGATE) doctor

.PHONY: sweep
sweep: build ## remove what dead runs left and what KEEP=1 kept
	@$(VPCGATE) sweep

##@ Develop

.PHONY: build
build: ## build bin/vpcgate
	@go build -o $(VPCGATE) ./framework/cmd/vpcgate

.PHONY: test
test: unit selfcheck netns ## pass the tests: unit, golden, self-checks, netns lab (no Docker, no root)

.PHONY: unit
unit: ## unit and golden tests
	go test $(UNITS)

.PHONY: selfcheck
selfcheck: ## prove that every scenario can fail
	go tool ginkgo run -p --fail-on-empty --fail-on-pending --keep-going --no-color ./suites/selfcheck

.PHONY: mutation
mutation: build ## make the gate wrong in many small ways and name who notices
	@$(VPCGATE) mutation

.PHONY: mutation-accept
mutation-accept: build ## like mutation, and keep the score with the source
	@$(VPCGATE) mutation --accept
	go test ./framework/mutation -run README -update

.PHONY: netns
netns: build ## run the catalogue on paper and netns
	@$(VPCGATE) run --lab paper,netns

.PHONY: fuzz
fuzz: build ## draw worlds, and compare oracle and netns lab for FOR, from SEED
	@$(VPCGATE) fuzz --for $(FOR) --seed $(SEED)

.PHONY: chaos
chaos: build ## let faults come and go under live traffic for FOR, drawn from SEED (LAB=netns)
	@$(VPCGATE) chaos --lab $(or $(LAB),netns) --for $(FOR) --seed $(SEED)

.PHONY: chaos-suite
chaos-suite: build ## take each kind of faults in each mode through live traffic, as specs (LAB, MODE, FOCUS)
	@$(VPCGATE) run --suite chaos --lab $(or $(LAB),netns)

.PHONY: fuzz-parsers
fuzz-parsers: ## fuzz everything that reads what others wrote, each target for FOR
	@scripts/fuzz-parsers $(FOR)

.PHONY: matrix
matrix: build ## diagnose every fault and every pair of faults blind, on paper and on netns
	@$(VPCGATE) diagnose matrix --lab paper,netns

.PHONY: bench
bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem $(UNITS)

##@ Keep in order

.PHONY: lint
lint: ## run the linters of .golangci.yml and of workflows, the versions pinned in scripts
	$(LINTER) run
	$(ACTIONLINT)

.PHONY: fmt
fmt: ## format the source
	$(LINTER) fmt

.PHONY: generate
generate: ## write what is generated: suites/README.md and the golden files
	go test $(GOLDEN) -update

.PHONY: verify-generated
verify-generated: ## fail when something generated is not what generate would write
	go test $(GOLDEN)

.PHONY: ci
ci: ## what CI runs, nothing else
	@.ci/run
