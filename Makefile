# A menu: what it calls is in e2e/ and examples/. `make test` and `make demo` do their own set-up.

TARGET := $(or $(CARGO_TARGET_DIR),target)
export STEPWELL_BIN ?= $(abspath $(TARGET)/debug/stepwell)

.PHONY: test demo bench sim crash crash-brief beside beside-brief check unit e2e build setup release old-store

test: setup check unit e2e crash-brief beside-brief  ## everything that can be checked: formats, lints, unit tests, end-to-end tests

demo: setup build                    ## the callback story, from deployment to kill -9
	@e2e/with-tools examples/callback/demo

bench:                               ## callback round trips per second, latencies, memory, start-up time
	cargo run --release --package stepwell-bench

SEEDS ?= 1..100
HOURS ?= 6

sim:                                 ## many seeds of the simulator, some minutes; `make sim SEEDS=1..2000 HOURS=24` takes longer
	cargo run --profile sim --package stepwell-sim -- --seeds $(SEEDS) --hours $(HOURS)

crash: build                         ## a thousand kills, two hundred power losses, a full disk, failing syncs, damage
	cargo build --package stepwell-crash --package stepwell-crash-shim
	$(TARGET)/debug/crash all --kills 1000 --losses 200
	cargo test --package stepwell-store --test damage

crash-brief: build                   ## the same within a minute and a half
	cargo build --package stepwell-crash --package stepwell-crash-shim
	$(TARGET)/debug/crash kills power unsynced sync disk --kills 40 --losses 20

beside:                              ## callbacks beside clients, endpoints and workflows that misbehave, judged against bounds
	cargo build --release --package stepwell
	cargo run --release --package stepwell-bench -- beside --runs 3

beside-brief: build                  ## the same within a minute and a half
	cargo build --package stepwell-bench
	$(TARGET)/debug/bench beside --brief

check:                               ## formats and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings

unit:                                ## the Rust tests
	@if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --workspace; else cargo test --workspace; fi

e2e: setup build                     ## AWS's own clients against the binary; `make e2e ARGS='-k callback'` picks
	@e2e/with-tools python -m pytest e2e $(ARGS)

build:                               ## the binary, as the tests run it
	cargo build --package stepwell

setup:                               ## what the tests and the demo need beside Rust
	@e2e/setup

MUSL := x86_64-unknown-linux-musl
FILES := $(TARGET)/release-files

release:                             ## a static binary with its checksum, proven by a smoke test
	CARGO_PROFILE_RELEASE_STRIP=symbols cargo build --release --locked --target $(MUSL) --package stepwell
	@! ldd $(TARGET)/$(MUSL)/release/stepwell 2>/dev/null | grep -q '=>' || { echo 'the binary is not static' >&2; exit 1; }
	@e2e/smoke $(TARGET)/$(MUSL)/release/stepwell
	@mkdir -p $(FILES) && cp $(TARGET)/$(MUSL)/release/stepwell $(FILES)/stepwell-$(MUSL)
	@cd $(FILES) && sha256sum stepwell-$(MUSL) | tee stepwell-$(MUSL).sha256 && stat --format '%s bytes' stepwell-$(MUSL)

old-store:                           ## the store that a release leaves behind: `make old-store VERSION=0.2`
	STEPWELL_WRITE_STORE=$(VERSION) cargo test --package stepwell --test it old_stores
