# SPDX-License-Identifier: Apache-2.0
# make demo   run the demonstration        make test   lint, types, tests
# make bench  measure the speed bars       make lint   lint and types only
# make fuzz   hostile captures against guarded memory, FUZZ seconds each way
SHELL := /bin/bash
# Hundreds of commands are started by tests: each reads the bytecode that the first one wrote.
unexport PYTHONDONTWRITEBYTECODE
.DELETE_ON_ERROR:
PYTHON ?= python3
FUZZ ?= 300
BIN := .venv/bin
# Third-party programs that tests use as real peers and oracles: command:package.
PEERS := tshark:tshark chromium:chromium ip:iproute2 gpsd:gpsd gpsfake:gpsd-clients nft:nftables tc:iproute2 mosquitto:mosquitto snmpd:snmpd \
  snmpwalk:snmp socat:socat rnx2rtkp:rtklib node:nodejs npm:npm \
  irtt:irtt sockperf:sockperf Orthanc:orthanc-dicomweb dcmdump:dcmtk ipmitool:ipmitool gcc:gcc openssl:openssl zsh:zsh \
  sha256sum:coreutils unzip:unzip fc-list:fontconfig soffice:libreoffice-writer-nogui
FONTS := fonts-noto-cjk
# A FHIR R4 server as a peer, with what else it imports; without their requirements, one of which wants an older dateutil than ours.
FHIR := sekmet-fhir==0.1.1 faker==40.63.0 fhirpathpy==2.2.4 antlr4-python3-runtime==4.13.2 jsonpatch==1.48 jsonpointer==3.12 \
  pyjwt==2.15.1 python-multipart==0.0.34 typer==0.29.2 shellingham==1.5.4
# Whole certificates of a laboratory's calibrations (DCC) that others wrote: one file out of a source archive of PyPI.
DCC := dcclib==0.4.0
# PDFBox Preflight checks PDF/A: a jar and what it needs, no command.
PREFLIGHT := default-jre-headless libpdfbox2-java libjaxb-api-java libactivation-java

.PHONY: demo test coverage lint bench fuzz peers update wheelhouse clean
demo: .venv/ready
	rm -rf demo-out
	$(BIN)/yanshou demo --out demo-out

test: lint peers
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# The same with the lines that no test reaches; a third slower.
coverage: lint peers
	$(BIN)/python -m coverage erase
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/interrogate --quiet harness probes scenarios profiles reports

bench: .venv/ready peers
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	$(BIN)/python -m tests.bench.run

fuzz: .venv/ready
	$(BIN)/python -m tests.fuzz.captures --seconds $(FUZZ)
	$(BIN)/python -m tests.fuzz.interpreted -max_total_time=$(FUZZ) -rss_limit_mb=400

# The environment is made anew when what it is made from changes.
.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq python3-venv; \
	  else echo "Python has no venv module. Cure: install python3-venv."; exit 5; fi; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $@

# Where apt-get and root are at hand the peers are installed; elsewhere their tests say what they lack.
peers: .venv/ready
	@missing=""; for peer in $(PEERS); do command -v "$${peer%%:*}" >/dev/null || missing="$$missing $${peer##*:}"; done; \
	command -v fc-list >/dev/null && fc-list :lang=zh | grep -q . || missing="$$missing $(FONTS)"; \
	command -v java >/dev/null && test -e /usr/share/java/preflight.jar && test -e /usr/share/java/jaxb-api.jar && test -e /usr/share/java/javax.activation.jar || missing="$$missing $(PREFLIGHT)"; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "not installed:$$missing; tests that need them will say so"; fi
	@$(BIN)/python -c 'import sekmet' 2>/dev/null || $(BIN)/python -m pip install --quiet --no-deps $(FHIR) \
	  || echo "not installed: sekmet-fhir; tests that need it will say so"
	@test -e .venv/peers/valid.xml || { mkdir -p .venv/peers && \
	  $(BIN)/python -m pip download --quiet --no-deps --no-build-isolation --no-binary :all: --dest .venv/peers $(DCC) && \
	  tar -xzf .venv/peers/dcclib-*.tar.gz -C .venv/peers --wildcards --strip-components 6 '*/resources/valid.xml' && \
	  rm .venv/peers/dcclib-*.tar.gz; } || echo "not installed: $(DCC); the test that needs it will say so"

# Pin what is installed now, after a deliberate upgrade.
update: .venv/ready
	$(BIN)/python -m pip freeze --all --exclude-editable > constraints.txt

# One archive that installs without a network: dist/yanshou-offline-*.tar.gz holds every wheel, of this platform and Python,
# ours with its loops compiled.
wheelhouse: .venv/ready
	rm -rf dist/wheelhouse && mkdir -p dist/wheelhouse
	rm -rf dist/compiled && $(BIN)/python -m harness.console.precompiled dist/compiled >/dev/null
	YANSHOU_COMPILED=dist/compiled $(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist/wheelhouse .
	$(BIN)/python -m pip download --quiet --constraint constraints.txt --dest dist/wheelhouse dist/wheelhouse/yanshou-*.whl
	cp docs/how-to/install-offline.md dist/wheelhouse/README.md
	tar -C dist -czf "dist/yanshou-offline-$$($(BIN)/python -c 'import sys, sysconfig; print(sysconfig.get_platform() + "-py" + str(sys.version_info[0]) + str(sys.version_info[1]))').tar.gz" wheelhouse

clean:
	rm -rf .venv demo-out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
