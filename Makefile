# Needs Python 3.11+ (with its venv module) and make; everything else is installed into .venv.
# Another Python: make clean, then make demo PYTHON=python3.13

PYTHON ?= python3
# -P: this folder must not be on the path, its `autograd` would hide the package of that name.
PY := .venv/bin/python -P
PEERS := .venv-peers/bin/python -P

# What each purpose installs besides the required dependencies.
extras-demo := train,png,pdf
extras-dev := dev
extras-bench := bench
extras-notebooks := notebooks

# For the benchmarks every library chooses its code for this processor itself. These would choose NumPy's alone.
UNFORCED := env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE

# Settings of the caller that would mix other packages into .venv, or install elsewhere.
unexport PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX

# .venv/complete exists only between finished installs and holds the checkout's path. So an install that was killed,
# a checkout that was copied or moved and a Python that was replaced are noticed, and .venv is made anew. $(1) is .venv,
# or .venv-peers, where the libraries are that we compare with.
SOUND = [ "$$(cat $(1)/complete 2>/dev/null)" = "$$(pwd -P)" ] && $(1)/bin/python -c 'import pip' 2>/dev/null
REDO := $(shell { $(call SOUND,.venv); } || echo redo)
REDO_PEERS := $(shell { $(call SOUND,.venv-peers); } || echo redo)

define MAKE_VENV
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || { echo 'Inversa needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11' >&2; exit 1; }; \
echo 'Making $(1) ...'; $(PYTHON) -m venv --clear $(1)
endef

# In a container the user is root, as whom Jupyter refuses to run; it listens to this machine alone, with a token.
AS_ROOT = $(shell [ "$$(id -u)" != 0 ] || echo --allow-root)

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test setup pytest long lessons peers peers-setup bench bench-quick bench-gpu chromium compare gallery notebooks tutorials live live-tests lint format clean redo
.DEFAULT_GOAL := help

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

demo: .venv/installed-demo  ## set up what is needed and show the tour
	.venv/bin/inversa tour

test: lint pytest  ## lint, types, tests (with doctests, README and short tutorials)
	@echo 'Not among these: the tests in which Python runs in a browser, make live-tests; they need npm.'

bench: .venv/installed-bench  ## the benchmarks; results in bench-results
	$(UNFORCED) $(PY) tests/benchmarks/run.py

bench-quick: .venv/installed-bench  ## the same in under a minute
	$(UNFORCED) $(PY) tests/benchmarks/run.py --quick

bench-gpu: .venv/installed-bench  ## the sizes from which a GPU is faster than the processor, where there is one
	$(UNFORCED) $(PY) tests/benchmarks/gpu.py

# The tests that compare with PyTorch or JAX: those that ask for them, or compute with arrays of other libraries.
PEER_TESTS = tests/test_benchmarks.py \
    $(shell grep -lr -e importorskip..torch -e importorskip..jax -e others.import tests --include='test_*.py')

peers: peers-setup  ## compare with PyTorch and JAX, and note what was computed for the documentation
	$(PEERS) -m pytest -n auto --dist loadfile $(PEER_TESTS) --record tests/autograd/arrays_of_others.json
	$(PEERS) tests/comparison/torch_samples.py

peers-setup: .venv-peers/installed  # an environment with PyTorch and JAX, in .venv-peers

# Until a notebook is trusted Jupyter runs nothing that is saved in it: the players would not step. These come from here.
notebooks: .venv/installed-notebooks  ## open the tutorials in JupyterLab, ready to run
	@.venv/bin/jupyter trust tutorials/*.ipynb tutorials/es/*.ipynb > /dev/null
	.venv/bin/jupyter lab --notebook-dir=tutorials $(AS_ROOT)

tutorials: .venv/installed-dev  ## make the notebooks anew from tutorials/source, and keep what they show
	$(PY) tutorials/build.py

gallery: .venv/installed-dev  ## a page with every kind of picture, drawn anew; in the folder gallery
	$(PY) tutorials/gallery.py gallery

docs: .venv/installed-dev  ## the documentation site; in the folder site
	$(PY) -m pytest -q -k 'operations or compositions' --record docs/generated/arrays.json tests/autograd/test_arrays_of_others.py
	$(PY) -m sphinx -M html docs site -q -W --keep-going
	@echo site/html/index.html

live: live/inversa-live-runtime.zip  ## what live pages need beside this library; needs npm

live-tests: live chromium  ## the tests in which Python runs in a browser
	$(PY) -m pytest -m live

# Python and Graphviz for browsers, from npm, with the checksums of package-lock.json; and a wheel that carries them. The
# library is compiled, too; what of it has changed since is not used: a page then starts more slowly, and make -B helps.
live/inversa-live-runtime.zip: pyproject.toml $(wildcard .build/live/*.* .build/live/licences/*) | .venv/installed-dev
	@command -v npm >/dev/null || { echo 'make live needs npm, which comes with Node.js' >&2; exit 1; }
	cd .build/live && npm ci --ignore-scripts --no-audit --no-fund --silent
	$(PY) .build/live/pack.py $@
	$(PY) .build/live/wheel.py $@ dist

compare: .venv/installed-dev  ## one network drawn by several tools, side by side; in the folder comparison
	$(PY) tests/comparison/compare.py comparison

setup: .venv/installed-dev  ## an environment for development in .venv

lint: .venv/installed-dev  ## ruff and mypy
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

pytest: .venv/installed-dev chromium  ## the tests alone
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder

long: .venv/installed-dev chromium  ## the long tests: a thousand random networks read back from every format
	$(PY) -m pytest -n auto -m long

lessons: .venv/installed-dev  ## run the tutorials that train for longest, and compare what they show
	$(PY) -m pytest -n auto -m lessons tests/test_tutorials.py

chromium: .venv/installed-dev  # a browser for the tests of the pages, from the system's packages where that is possible
	@.build/chromium.sh

format: .venv/installed-dev  ## let ruff repair and format the code
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

clean:  ## remove everything that make and the tools have made
	rm -rf .venv .venv-peers inversa-tour gallery comparison bench-results site docs/generated docs/tutorials dist live .build/live/node_modules
	rm -f .links/inversa/autograd .links/inversa/nn .links/inversa/viz
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find .links autograd nn viz tests docs tutorials -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed-%: pyproject.toml .build/editable_links.py $(REDO)
	@{ $(call SOUND,.venv); } || { $(call MAKE_VENV,.venv); }
	@echo 'Installing inversa[$(extras-$*)] into .venv (the first time may take minutes) ...'
	@rm -f .venv/complete
	@$(PY) -m pip --disable-pip-version-check install --quiet --editable '.[$(extras-$*)]'
	@pwd -P > .venv/complete
	@touch $@

# Of PyTorch the newest build for processors alone that pip knows of, if it knows any: the other takes gigabytes.
.venv-peers/installed: pyproject.toml .build/editable_links.py $(REDO_PEERS)
	@{ $(call SOUND,.venv-peers); } || { $(call MAKE_VENV,.venv-peers); }
	@rm -f .venv-peers/complete
	@build=$$($(PEERS) -m pip index versions torch 2>/dev/null | tr -d ',' | tr ' ' '\n' | grep -m1 '+cpu'); \
	torch=torch$${build:+==$$build}; \
	echo "Installing inversa[peers], with $$torch, into .venv-peers (minutes, and gigabytes without a build for processors) ..."; \
	$(PEERS) -m pip --disable-pip-version-check install --quiet "$$torch" --editable '.[peers]'
	@pwd -P > .venv-peers/complete
	@touch $@
