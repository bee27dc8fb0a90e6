# qrpay: 'make help' lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PREFIX ?= $(HOME)/.local
BUILD_FLAGS := -c release --static-swift-stdlib --product qrpay
QRPAY := .build/release/qrpay

# What qrpay is built on, and what the tests judge it with.
RUN_PACKAGES := libsqlite3-dev libcurl4-openssl-dev libqrencode-dev libcairo2-dev libpango1.0-dev \
	libssl-dev librabbitmq-dev libpq-dev fonts-roboto-unhinted
TEST_PACKAGES := poppler-utils zbar-tools qpdf mandoc rabbitmq-server postgresql pgbouncer

.PHONY: help setup setup-test build demo test lint generate install clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the system packages that qrpay is built on
	@scripts/install-packages "to build and run qrpay" $(RUN_PACKAGES)

setup-test: setup
	@scripts/install-packages "to test qrpay" $(TEST_PACKAGES)

build: setup ## Build the release binary
	QRPAY_COMMIT=$$(git rev-parse --verify -q HEAD || :) swift build $(BUILD_FLAGS)

demo: build ## Run the whole flow: from a bill to a stored receipt
	$(QRPAY) demo

test: setup-test ## Run all tests
	swift build --build-tests --explicit-target-dependency-import-check error
	scripts/test-modules

lint: ## Check formatting, line length, and that generated files are up to date
	swift build --product qrpay
	scripts/check-style

generate: build ## Write man page, completions and the README's reference anew from the command table
	scripts/generate $(QRPAY)

install: build ## Install the binary, man page and completions under PREFIX (default ~/.local)
	install -D $(QRPAY) $(PREFIX)/bin/qrpay
	install -D -m 644 man/qrpay.1 $(PREFIX)/share/man/man1/qrpay.1
	install -D -m 644 completions/qrpay.bash $(PREFIX)/share/bash-completion/completions/qrpay
	install -D -m 644 completions/_qrpay $(PREFIX)/share/zsh/site-functions/_qrpay
	install -D -m 644 completions/qrpay.fish $(PREFIX)/share/fish/vendor_completions.d/qrpay.fish

clean: ## Remove what was built
	rm -rf .build
