# `make lab` opens the course, `make update` brings its newest lessons, `make test` runs every test; all set up what they
# need. `make quick` runs what stands nearest to a change, `make format` tidies the code, `make stills` runs the notebooks
# and keeps what they print and draw.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest
# a file stays in one worker: what its tests share is computed once; tests/first.py says which file goes first
SPREAD  := -n 2 --dist loadfile --no-loadscope-reorder
UNIT    := --ignore=tests/browser
NBVAL   := --nbval --nbval-sanitize-with tests/nbval.cfg
# every notebook is run by tests/notebooks/test_again.py, which compares what nbval compares; one by nbval itself
PLAIN   := notebooks/02_fast_weights.ipynb
WATCHED := tests/browser
# Side by side by make, not by `&`: what a shell puts into the background ignores an interruption, and some tests are
# about that. All come to their end, whichever fails.
BESIDE  := $(MAKE) --no-print-directory --keep-going --jobs=3

.PHONY: lab update test beside quick lint unit notebooks browser computed watched typed nearest format stills bench lock clean

lab: $(READY)
	$(BIN)/nlviz lab $(LAB_FLAGS)

# the newest course; the notebooks you have changed stay as they are
update:
	git pull --ff-only
	$(MAKE) --no-print-directory $(READY)
	$(BIN)/nlviz lab --update

# types are looked at by one core: beside them others compute
test: $(READY)
	@$(BESIDE) lint computed
	@$(MAKE) --no-print-directory browser

# the same with the browser watched while others compute: sooner where there are more cores than two
beside: $(READY)
	@$(BESIDE) lint computed watched

quick: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(BESIDE) typed nearest watched WATCHED="$$($(BIN)/python -m tests.quick lab)"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

unit: $(READY)
	$(PYTEST) $(SPREAD) $(UNIT)

notebooks: $(READY)
	$(PYTEST) $(SPREAD) $(NBVAL) notebooks

browser: $(READY)
	$(PYTEST) $(SPREAD) -rs -W default tests/browser

# unit tests and a notebook by the same two workers
computed: $(READY)
	$(PYTEST) $(SPREAD) $(UNIT) $(NBVAL) tests $(PLAIN)

# the browser's tests; what they say is kept until they are over, beside others it would be torn apart
watched: $(READY)
	@said=$$(mktemp); $(PYTEST) -rs -W default $(WATCHED) >$$said 2>&1; status=$$?; cat $$said; rm -f $$said; exit $$status

typed: $(READY)
	$(BIN)/pyright

nearest: $(READY)
	$(PYTEST) $(SPREAD) $(NBVAL) $$($(BIN)/python -m tests.quick tests) $$($(BIN)/python -m tests.quick notebook)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stills: $(READY)
	$(BIN)/python -m tests.notebooks.refresh
	$(BIN)/python -m tests.browser.picture

bench: $(READY)
	$(BIN)/python tests/benchmarks/inner_loop.py
	$(BIN)/python -m tests.benchmarks.family_speed

# what is installed and how: start.py, which is for those who have no make, too
$(READY): requirements.lock pyproject.toml
	$(PYTHON) start.py ready

# exact versions of what pyproject.toml's ranges give today, in a fresh environment
lock:
	rm -rf .lock && $(PYTHON) -m venv .lock
	.lock/bin/pip install --quiet $$(grep '^torch==' requirements.lock) hatchling editables
	.lock/bin/pip install --quiet --no-build-isolation --editable '.[test]'
	.lock/bin/pip freeze --exclude-editable | sed 's/+cpu//' > requirements.lock
	rm -rf .lock

clean:
	rm -rf $(VENV) .pytest_cache .hypothesis .ruff_cache
