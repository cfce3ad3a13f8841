# Two commands matter: `make demo` and `make test`. Both need Python 3.11 and make, nothing else.

# Because many processes that each compile all modules again start slowly.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV_VERSION := 0.13.9
PY := .venv/bin/python
STAMP := .venv/.installed
MO := hongmi/locale/zh_Hans/LC_MESSAGES/django.mo

.PHONY: setup demo test lint campaign bench lock messages compilemessages clean

setup: $(STAMP) $(MO)

# The stamp is written last, so that an interrupted set-up is done again and a finished one costs nothing.
$(STAMP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Hongmi needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "This Python has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(PY) hongmi/uv.py pip sync --quiet --python $(PY) --require-hashes requirements.txt
	@touch $@

$(MO): $(MO:.mo=.po) $(STAMP)
	@$(PY) -m hongmi.messages compile && touch $@

demo: setup
	@exec $(PY) -m hongmi.demo

lint: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

# ARGS reaches pytest: `make test ARGS="-k purchase"`. DATABASE_OWNER_URL=… puts another server under the tests.
test: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -n 2 $(ARGS)

# The long versions of tests marked `campaign`: `make campaign NAME=crash`; without a name it lists them (docs/campaigns.md).
campaign: setup
	HONGMI_CAMPAIGN=1 $(PY) -m pytest -m campaign $(if $(NAME),-k "$(NAME)" -s,--collect-only -q) $(ARGS)

bench: setup
	$(PY) -m tests.bench $(NAME)

# --universal, because a lock made for one patch release of Python fails on another. The second lock is a part of the
# first: an image for production installs it without the servers of the demo, the tests and the tools.
COMPILE := $(PY) hongmi/uv.py pip compile --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet
lock: setup
	$(COMPILE) --upgrade requirements.in --output-file requirements.txt
	$(COMPILE) requirements-runtime.in --constraint requirements.txt --output-file requirements-runtime.txt

messages: setup
	$(PY) -m hongmi.messages extract

compilemessages: setup
	$(PY) -m hongmi.messages compile

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache
