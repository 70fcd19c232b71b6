# Everything a fresh machine needs comes from here. `make help` lists the targets.

PREFIX ?= /usr/local
SWIFT ?= swift
# Flags for `olares-cli prepare`, such as PREPARE="--root /data --redis-nodes 3".
PREPARE ?=
# Where `make bench` finds manifests.
MANIFESTS ?= $(firstword $(wildcard ../shared/manifests Tests/Fixtures/manifests))
FUZZ_SECONDS ?= 600

SHARE := $(DESTDIR)$(PREFIX)/share
BIN := $(DESTDIR)$(PREFIX)/bin
MAN := $(SHARE)/man/man8
BASH := $(SHARE)/bash-completion/completions
# Debian's zsh looks for its own packages' completions elsewhere.
ZSH := $(SHARE)/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
FISH := $(SHARE)/fish/vendor_completions.d

BINARY := .build/release/olares-cli
SOURCES := Sources Tests Package.swift
FUZZ := -max_len=16384 -timeout=10 -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=.build/fuzz/ -print_final_stats=1

.DEFAULT_GOAL := help
.PHONY: help prepare root test build install uninstall fmt lint docs check bench fuzz packages

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

prepare: root install ## install what is missing, build, install, and prepare this machine (as root)
	$(DESTDIR)$(PREFIX)/bin/olares-cli prepare $(PREPARE)

root:
	@[ "$$(id -u)" = 0 ] || { echo "make prepare installs packages and services: run it as root" >&2; exit 77; }

test: ## install what the tests need, start the real servers and run every test
	@.ci/packages test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --parallel --experimental-maximum-parallelization-width 4

build: packages ## build the release executable
	$(SWIFT) build --configuration release --static-swift-stdlib --product olares-cli

packages:
	@.ci/packages build

install: build ## install the executable, its completions and man pages under PREFIX (and DESTDIR)
	install -d $(BIN) $(MAN) $(BASH) $(ZSH) $(FISH)
	install -s -m 755 $(BINARY) $(BIN)/olares-cli
	install -m 644 man/*.8 $(MAN)
	install -m 644 completions/olares-cli.bash $(BASH)/olares-cli
	install -m 644 completions/_olares-cli $(ZSH)/_olares-cli
	install -m 644 completions/olares-cli.fish $(FISH)/olares-cli.fish

uninstall: ## remove what install put there; data and services stay
	rm -f $(BIN)/olares-cli $(MAN)/olares-cli.8 $(MAN)/olares-cli-*.8
	rm -f $(BASH)/olares-cli $(ZSH)/_olares-cli $(FISH)/olares-cli.fish

fmt: ## format all sources
	$(SWIFT) format format --in-place --parallel --recursive $(SOURCES)

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

docs: ## regenerate man pages and completions from the commands
	@.ci/docs .

check: lint ## check the format, and that man pages and completions are up to date
	@.ci/docs --check

bench: build ## measure what we claim, against its peers, on this machine
	@.ci/packages bench
	$(SWIFT) build --configuration release --product benchmarks
	.build/release/benchmarks $(BINARY) $(MANIFESTS)

# Swift's own backtrace would keep a failure from libFuzzer, which notes the input.
fuzz: export SWIFT_BACKTRACE = enable=no
fuzz: ## look for manifests, requests and replies that their readers fail on, FUZZ_SECONDS for each of four targets
	FUZZ=1 $(SWIFT) build --configuration release --scratch-path .build/fuzz --product fuzz \
		-Xswiftc -sanitize=fuzzer -Xswiftc -enable-testing
	mkdir -p $(addprefix .build/fuzz/,templates literals requests replies)
	for target in templates literals; do FUZZ_TARGET=$$target .build/fuzz/release/fuzz $(FUZZ) \
		-dict=Tests/Fuzzing/manifests.dict .build/fuzz/$$target $(MANIFESTS) || exit; done
	for target in requests replies; do FUZZ_TARGET=$$target .build/fuzz/release/fuzz $(FUZZ) \
		-dict=Tests/Fuzzing/resp.dict .build/fuzz/$$target || exit; done
