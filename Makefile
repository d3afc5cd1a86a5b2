# Everything a contributor needs; `make` lists the targets.
SHELL = /bin/sh
.SHELLFLAGS = -euc
.DEFAULT_GOAL := help
.PHONY: help without-records deps build static build-tests figures results plot install uninstall validate validate-measure nightly test dev unit house \
  coverage smoke schema attacks attacks-sample determinism check numbers bench \
  crypto-bench instructions build-tools build-times hostile campaign laws fuzz-decoders fuzz-files mutants mutants-sample \
  mutants-survivors simulation-tests debug-tests format lint clean

SWIFT ?= swift
# Where swift build puts what it builds.
RELEASE := .build/release/consim
DEBUG := .build/debug/consim
RESULTS ?= Results
# Where validate-measure writes.
MEASURED ?= .build/measured
# The suites of make dev.
QUICK := '^(DiscreteEvents|ConsensusCore|PBFT|SCPBFT|Streamlet|Tables|Charts|Notation)Tests\.|^ConsimTests\.Golden|SubjectRegistration'
# Of the hostile inputs.
SEED ?= 1
# Where make install puts consim; DESTDIR stands before it.
PREFIX ?= /usr/local
DESTDIR ?=
# Everything in Results.
SCENARIOS := $(wildcard Scenarios/*.yaml Scenarios/records/*.yaml Scenarios/streamlet/*.yaml)
SOURCES := Sources Tests Package.swift
export SWIFT

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

deps: ## checks the compiler and the libraries; as root installs what Debian has
	@Scripts/deps.sh

# BUILT=1 says that everything is built already.
build: ## builds consim in release mode
	@[ -n "$(BUILT)" ] || Scripts/build.sh

static: deps ## builds .build/static/release/consim, one file that needs no library
	@Scripts/static.sh

build-times: ## prints the CPU seconds of cold builds by module, release and debug; ten minutes
	@Scripts/build-times.py release
	@Scripts/build-times.py debug

# Tests are found by the index, so that it cannot be left out.
build-tests: # builds the tests and all programs in debug mode
	@[ -n "$(BUILT)" ] || $(SWIFT) build --build-tests --quiet

build-tools: # builds consim and what tests need beside it in release mode
	@[ -n "$(BUILT)" ] || Scripts/build.sh consim pairing-case simulation-tests

figures: deps build ## runs and draws Figures 6 to 9 and judges the paper's claims
	@Scripts/figures.sh $(RELEASE) $(RESULTS)

results: deps build ## makes everything in Results
	@$(RELEASE) run $(SCENARIOS) --out $(RESULTS)
	@$(RELEASE) crypto costs --out $(RESULTS)
	@$(RELEASE) plot --results $(RESULTS)
	@$(RELEASE) claims --results $(RESULTS)

install: build ## puts consim, its manual page and completions for shells into PREFIX, /usr/local by default
	@Scripts/install.sh $(RELEASE) "$(DESTDIR)$(PREFIX)"

uninstall: ## removes them from there
	@Scripts/install.sh --remove "$(DESTDIR)$(PREFIX)"

plot: build ## draws the figures from the results that are there
	@$(RELEASE) plot --results $(RESULTS)

# A stage, and after a colon what it waits for. The unit tests come last, so that their verdict is the
# last thing to be read.
STAGES := build-tools lint build-tests:build-tools \
  simulation-tests:build-tools check:build-tools attacks-sample:build-tools laws:build-tools \
  campaign:build-tools smoke:build-tools schema:build-tools \
  numbers:build-tools instructions:build-tools validate:build-tools \
  determinism:build-tests hostile:build-tests mutants-survivors:build-tests mutants-sample:build-tests \
  house:build-tests debug-tests

test: ## everything that has to pass before a change is merged
	@Scripts/stages.py $(STAGES)

dev: lint house build-tests ## what to run after a change: style, layout, and the suites that take seconds
	@$(SWIFT) test --skip-build --disable-xctest --quiet --filter $(QUICK)

validate: build ## predicts what was measured of running systems, and compares Validation/README.md with it
	@Scripts/validate.py check --consim $(RELEASE)

# What runs at other times than CI: it takes root and a quiet machine.
validate-measure: ## as root on Debian 12: measures etcd in network namespaces into MEASURED; 20 minutes, with FULL=1 five hours
	@Scripts/deps.sh lab
	@$(MAKE) --no-print-directory -s -C Validation/lab
	@Validation/lab/measure.py $(if $(FULL),--full) --out $(MEASURED)

# The verdict of the debug build stays the last thing to be read.
unit: simulation-tests debug-tests ## the unit tests: those whose work is simulation in release, the others in debug

# Commands that simulate or encrypt for long are started in release.
debug-tests: build-tools build-tests # the unit tests in debug mode
	@CONSIM_PROGRAM="$(CURDIR)/$(RELEASE)" $(SWIFT) test --skip-build --disable-xctest

simulation-tests: build-tools ## the unit tests whose work is simulation, in release; FILTER=RegressionTests for some
	@.build/release/simulation-tests --testing-library swift-testing $(if $(FILTER),--filter '$(FILTER)')

house: ## holds Sources to the arrows between modules and folders, to reasons for each `default:`, links in Markdown to files, and rules of the papers to code and tests
	@Scripts/links.py
	@Scripts/reading.py
	@Scripts/house.py

coverage: ## counts the lines that the unit tests run, module by module; takes a debug build of its own
	@Scripts/coverage.sh

smoke: build ## validates all scenarios, makes one small run, one record's walk and two charts
	@Scripts/smoke.sh $(RELEASE)

schema: deps build ## validates every scenario, cost profile and file of claims with a public validator of JSON Schema
	@python3 Scripts/schema.py $(RELEASE)

attacks: build ## carries every attack on shared records out, with the real cryptography
	@Scripts/attacks.sh $(RELEASE)

# One seed of each; both every night.
attacks-sample: build # the same with one seed of each
	@REPEAT=1 Scripts/attacks.sh $(RELEASE)

determinism: build build-tests # the same bytes from every build, worker count and directory
	@Scripts/determinism.sh $(DEBUG) $(RELEASE)

check: build # Figures 6 to 9 run again, and what everything that is committed was made from
	@$(RELEASE) check --inputs --quiet
	@$(RELEASE) check $(foreach n,6 7 8 9,Scenarios/figure$(n).yaml)

numbers: build ## the numbers that documents state against what gives them
	@Scripts/document-numbers.py check --consim $(RELEASE)

# What takes too long for every merge; one line each.
nightly: deps build build-tests ## reruns what is committed, 500 random scenarios, and the tests that take too long
	@$(RELEASE) check
	@Scripts/counterfactuals.py $(RELEASE)
	@Scripts/attacks.sh $(RELEASE)
	@Scripts/random-scenarios.py --consim $(RELEASE) --count 500 --seed $(SEED)
	@DEBUG_SEEDS=1000 DEBUG_JOBS="1 2 4" Scripts/determinism.sh $(DEBUG) $(RELEASE)
	@CONSIM_NIGHTLY=1 $(SWIFT) test --skip-build --disable-xctest --filter 'ExtremeValueTests|^ConsimTests\.'
	@$(RELEASE) fuzz --arbitrary-sheets --seeds 20000 --quiet
	@Scripts/explorations.py $(RELEASE) check equivocation raft-terms raft-crash streamlet-3 streamlet-liar-3
	@$(MAKE) --no-print-directory examples without-records
	@Scripts/static.sh $(RELEASE)
	@Scripts/deps.sh browser
	@Scripts/player.py $(RELEASE)
	@Scripts/deps.sh junit
	@Scripts/junit.py $(RELEASE)
	@Scripts/deps.sh itf
	@Scripts/trace-formats.py $(RELEASE)
	@Scripts/engines.sh $(RELEASE)
	@SECONDS_EACH=20 Scripts/mutants.sh

examples: ## builds the packages in Examples, which add a protocol of their own, and runs their scenarios
	@cd Examples/FixedLeader && $(SWIFT) build -c release --quiet && .build/release/fixed-leader run scenario.yaml

# A second build; Package.resolved stays as it is, since it holds what the whole needs.
without-records: ## builds consim without records, GMP and swift-crypto, and runs a scenario with it
	@Scripts/without-records.sh

bench: build ## measures the speed of the engine
	@mkdir -p Benchmarks
	@$(RELEASE) bench --out Benchmarks/latest.json
	@$(SWIFT) build -c release --product consim-case --quiet
	@Scripts/instructions.sh .build/release/consim-case check
	@$(MAKE) --no-print-directory crypto-bench

crypto-bench: build-tools ## counts the instructions of the cryptographic operations, beside PBC's
	@Scripts/crypto-instructions.sh .build/release/pairing-case all

instructions: build-tools ## requires the important of them to keep their limits
	@Scripts/crypto-instructions.sh .build/release/pairing-case gate

hostile: build-tests # a few hostile inputs for every decoder and every file, with the checks of a debug build
	@.build/debug/hostile-input decoders 1 20000 --quiet
	@.build/debug/hostile-input files 1 800 --quiet

campaign: build # a few random plans
	@$(RELEASE) fuzz --seeds 4000 --quiet

laws: build # small groups in every state, and what is known exactly
	@Scripts/explorations.py $(RELEASE)
	@$(RELEASE) selftest

fuzz-decoders: ## a million hostile inputs for every decoder
	@$(SWIFT) build -c release --product hostile-input --quiet
	@.build/release/hostile-input decoders $(SEED) 1000000

fuzz-files: ## a million hostile inputs for every kind of file that is read
	@$(SWIFT) build -c release --product hostile-input --quiet
	@.build/release/hostile-input files $(SEED) 1000000

# MUTANTS chooses by name, SECONDS_EACH limits each hunt, JOBS are hunts at a time.
mutants: ## puts bugs into the protocols, one at a time, and sees whether fuzzing finds them
	@Scripts/mutants.sh $(MUTANTS)

mutants-sample: build-tests # five of them, one a protocol, that must be found
	@Scripts/mutants.sh --sample

mutants-survivors: build-tests # 20 CPU seconds for each that is said to survive: is that still so?
	@Scripts/mutants.sh --survivors

format: ## formats all Swift files in place
	@$(SWIFT) format format --in-place -r -p $(SOURCES)

lint: ## checks format and style
	@$(SWIFT) format lint --strict -r -p $(SOURCES)

clean: ## removes what was built; results stay
	@$(SWIFT) package clean
