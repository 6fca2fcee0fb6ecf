# `make lab` opens the course, `make test` runs every test; both set up all they need. `make format` tidies the code,
# `make stills` runs the notebooks and keeps what they print and draw.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet
READY  := $(VENV)/.ready
# in a container one is often root, which Jupyter otherwise refuses
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
# loadscope keeps the cells of a notebook, and the tests of a browser page, in one worker
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest

.PHONY: lab test lint unit notebooks browser format stills bench lock clean

lab: $(READY)
	$(BIN)/jupyter lab --ServerApp.root_dir=notebooks $(AS_ROOT) $(LAB_FLAGS)

test: lint unit notebooks browser

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

unit: $(READY)
	$(PYTEST) -n 2 --dist loadscope --ignore=tests/browser

notebooks: $(READY)
	$(PYTEST) -n 2 --dist loadscope --nbval --nbval-sanitize-with tests/nbval.cfg notebooks

browser: $(READY)
	$(PYTEST) -rs -W default tests/browser

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stills: $(READY)
	$(BIN)/python -m tests.notebooks.refresh
	$(BIN)/python -m tests.browser.picture

bench: $(READY)
	$(BIN)/python tests/benchmarks/inner_loop.py

# torch first and alone: any looser request for it may bring gigabytes of another build
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; v = sys.version.split()[0]; sys.exit(None if sys.version_info >= (3, 11) else f'nlviz needs Python 3.11 or newer, $(PYTHON) is {v}; name another: make lab PYTHON=python3.12')"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) $$(grep '^torch==' requirements.lock)
	$(PIP) -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $(READY)

# exact versions of what pyproject.toml's ranges give today, in a fresh environment
lock:
	rm -rf .lock && $(PYTHON) -m venv .lock
	.lock/bin/pip install --quiet $$(grep '^torch==' requirements.lock) hatchling editables
	.lock/bin/pip install --quiet --no-build-isolation --editable '.[test]'
	.lock/bin/pip freeze --exclude-editable | sed 's/+cpu//' > requirements.lock
	rm -rf .lock

clean:
	rm -rf $(VENV) .pytest_cache .hypothesis .ruff_cache
