# The commands of this repository. Each installs what it needs first; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
STAMP := node_modules/.fairway-setup

.PHONY: help setup demo demo-check test check bench storm format clean simulate

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## Install what is needed: Node.js 24 and packages from npm, NGINX, PostgreSQL, Redis and MariaDB from Debian

$(STAMP): package-lock.json tools/setup.sh
	@tools/setup.sh
	@touch $(STAMP)

demo: $(STAMP) ## The shop with a canary behind a real NGINX, under steady traffic, with a live table
	@tools/node examples/shop/demo/main.ts $(ARGS)

demo-check: $(STAMP) ## Prove the three scenarios of end-to-end canary on at least 10,000 real requests each
	@tools/node examples/shop/demo/check.ts $(ARGS)

test: $(STAMP) ## All tests: units, properties, conformance, real processes and servers
	@vitest run --reporter=default --reporter=./tools/tally-reporter.ts $(ARGS)

simulate: $(STAMP) ## Fleets and their callers on a virtual clock, as many worlds as SEEDS says
	@FAIRWAY_SIMULATION_SEEDS=$(or $(SEEDS),1000) vitest run packages/core/src/simulation $(ARGS)

check: $(STAMP) ## Format, lint, types, import borders, dead code, generated files
	@tools/check.sh

bench: $(STAMP) ## Side-by-side benchmarks, one run, ratios: bench/results, docs/benchmarks.md
	@tools/node bench/main.ts $(ARGS)

storm: $(STAMP) ## Replace instances under load, again and again, with Fairway and without; --faults: kills, stops, sickness
	@tools/node test/storm/main.ts $(ARGS)

format: $(STAMP) ## Rewrite files as the formatter wants them
	@biome check --write .

clean: ## Remove what was installed and built here
	rm -rf node_modules packages/*/dist packages/*/node_modules examples/shop/node_modules bench/node_modules test/node_modules
