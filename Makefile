# zhibiao: what a person types. `make help` lists it.

GO        ?= go
BIN       := bin/zhibiao
DATA      ?= demo-data
LINTER    := .cache/golangci-lint
FUZZTIME  ?= 30s
BENCHTIME ?= 1s
VERSION   := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help
.PHONY: help demo build engine browser test cluster-test faults race lint bench sizes fuzz generate clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: build engine ## build everything and run the whole pipeline on the bundled statistics site
	$(BIN) demo --data $(DATA)

build: ## build bin/zhibiao
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o $(BIN) ./cmd/zhibiao

engine: ## fetch the ClickHouse engine library into the per-user cache (once)
	@$(GO) run ./warehouse/libchdb/install

browser: ## install Chromium from Debian for the tests of the pages, where that is possible
	@command -v chromium >/dev/null || test -n "$$ZHIBIAO_BROWSER" || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	  { apt-get update && apt-get install -y --no-install-recommends chromium fonts-wqy-zenhei; } >/dev/null 2>&1; } || \
	  echo 'no Chromium here and none could be installed: the tests of the pages in a browser are skipped'

test: engine browser ## run every test
	$(GO) test -timeout 25m ./...

cluster-test: ## run the cluster's SQL on two ClickHouse servers of Debian, fetched once
	$(GO) test -count=1 -timeout 5m -v -run TestOnTwoServersOfDebian ./warehouse/schema -fetch

FAULTS    ?= $(CURDIR)/.cache/faults.jsonl

faults: engine ## run the whole fault matrix with several seeds; goes on where .cache/faults.jsonl ends
	@mkdir -p $(dir $(FAULTS))
	$(GO) test -count=1 -timeout 12h -v -run TestFaultMatrix ./internal/faults -args -faults.long -faults.ledger $(FAULTS)

race: engine ## run the tests of the concurrent packages under the race detector
	CGO_ENABLED=1 $(GO) test -race -timeout 20m ./pipeline/... ./collectors/... ./warehouse/engine/... ./cmd/...

lint: $(LINTER) ## check formatting, import directions and the usual mistakes
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'not gofmt-ed:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(LINTER) run ./...
	$(GO) run ./internal/ordering/lint

$(LINTER): tools/go.mod tools/go.sum
	$(GO) build -C tools -o ../$(LINTER) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $(LINTER)

bench: engine ## run every benchmark
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -timeout 60m ./...

sizes: ## print the sizes of files and functions, and the share of tests and comments
	@$(GO) run ./internal/sizes

fuzz: ## fuzz every fuzz target for FUZZTIME each
	@set -e; for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$package; \
	  done; \
	done

generate: ## make the generated files again
	$(GO) generate ./...

clean: ## remove what make made here (not the per-user cache of the engine)
	rm -rf bin .cache demo-data
