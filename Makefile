# Everything a fresh machine needs comes from here. `make help` lists the targets.

PREFIX ?= /usr/local
SWIFT ?= swift
# Flags for `olares-cli prepare`, such as PREPARE="--root /data --redis-nodes 3".
PREPARE ?=
# Where `make bench` finds manifests.
MANIFESTS ?= $(firstword $(wildcard ../shared/manifests Tests/ManifestTests/Fixtures))

BINARY := .build/release/olares-cli
SOURCES := Sources Tests Package.swift

.DEFAULT_GOAL := help
.PHONY: help prepare test build install uninstall fmt lint docs check bench packages

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

prepare: install ## install what is missing, build, install, and prepare this machine (as root)
	$(DESTDIR)$(PREFIX)/bin/olares-cli prepare $(PREPARE)

test: ## install what the tests need, start the real servers and run every test
	@.ci/packages test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --parallel --experimental-maximum-parallelization-width 4

build: packages ## build the release executable
	$(SWIFT) build --configuration release --static-swift-stdlib --product olares-cli

packages:
	@.ci/packages build

install: build ## install the executable, its completions and man pages under PREFIX (and DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man8
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -d $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	install -d $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -s -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/olares-cli
	install -m 644 man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 completions/olares-cli.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/olares-cli
	install -m 644 completions/_olares-cli $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_olares-cli
	install -m 644 completions/olares-cli.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/olares-cli.fish

uninstall: ## remove what install put there; data and services stay
	rm -f $(DESTDIR)$(PREFIX)/bin/olares-cli $(DESTDIR)$(PREFIX)/share/man/man8/olares-cli*.8
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/olares-cli
	rm -f $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_olares-cli
	rm -f $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/olares-cli.fish

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
