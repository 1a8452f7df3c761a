# make app, make test: each does everything, from nothing. PYTHON picks the interpreter, 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
ADVISORIES ?= pypi
PIP = $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help app test lint wheel-test audit bench bench-server bench-gpu train browser node eslint

help:
	@echo "make app    the app on http://127.0.0.1:7860, on the embedded model"
	@echo "make test   everything that is checked: linters, types, tests, the page in a browser; ends with its seconds by group"
	@echo "make lint   ruff, mypy and eslint alone"
	@echo "make wheel-test  builds the wheel, installs it into an empty environment and uses it from another folder"
	@echo "make audit  known weaknesses of the pinned packages; needs an advisory database in reach and fails without one"
	@echo "make bench  what driving and recording a run costs, as ratios"
	@echo "make bench-server  a real server under 20 clients, large pictures, kill -9 and bad input; most of an hour"
	@echo "make bench-gpu  a pass of the 8B shapes on this GPU; says so where there is none"
	@echo "make train  the embedded checkpoints, from the shipped weights; hours on a CPU, resumable"

# the page, on the embedded model
app: $(VENV)/app.installed
	$(BIN)/python app.py --port 7860

test: $(VENV)/test.installed browser node lint
	$(BIN)/python -m pytest tests/test_*.py tests/browser

lint: $(VENV)/test.installed $(if $(shell command -v npm 2>/dev/null),eslint)
	@date +%s > $(VENV)/lint.began
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	rm -f rediff_viz/ui/*.pyi # Gradio writes a stub beside each component when it is imported; a stub hides the file from mypy
	$(BIN)/python -m mypy
	@echo "seconds: lint $$(($$(date +%s) - $$(cat $(VENV)/lint.began)))"

wheel-test:
	PYTHON=$(PYTHON) tools/wheel_test.sh

# --strict: a package that the database does not know fails the audit instead of being skipped
audit:
	test -x $(VENV)/audit/bin/pip-audit || { $(PYTHON) -m venv $(VENV)/audit && $(VENV)/audit/bin/python -m pip install --quiet "pip-audit==2.10.1"; }
	$(VENV)/audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off --vulnerability-service $(ADVISORIES) -r constraints.txt

# the browser's code, where npm is; the app needs no npm
eslint: node_modules/.package-lock.json
	npm run --silent lint

node_modules/.package-lock.json: package-lock.json .npmrc
	npm ci --silent

bench: $(VENV)/app.installed
	OMP_NUM_THREADS=1 $(BIN)/python bench/core.py

bench-server: $(VENV)/test.installed
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.server

bench-gpu: $(VENV)/app.installed
	$(BIN)/python -m bench.gpu

train: $(VENV)/app.installed
	$(BIN)/python -m rediff_viz train

# torch goes in first and alone, so that its pinned build is there before anything else can ask for another;
# the rest follows at the versions of constraints.txt
$(VENV)/app.installed: requirements.txt constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet $$(grep '^torch==' constraints.txt)
	$(PIP) install --quiet -r requirements.txt -c constraints.txt
	touch $@

$(VENV)/test.installed: $(VENV)/app.installed requirements-dev.txt
	$(PIP) install --quiet -r requirements-dev.txt -c constraints.txt
	touch $@

# the tests drive Chromium: Debian's own, fetched when we may
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else \
		echo "The browser tests need Chromium; install it (on Debian: apt-get install chromium) and run make test again."; exit 1; \
	fi

# and run the browser's code without a browser in node
node:
	@command -v node >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs >/dev/null; \
	else \
		echo "The tests of the browser's code need node 18 or newer; install it (on Debian: apt-get install nodejs) and run make test again."; exit 1; \
	fi
