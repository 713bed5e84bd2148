# `make run` and `make test` need Python 3.11 or newer and make, nothing else.
# Written for GNU make 3.81, which is what macOS has.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
LOCKS := requirements/base.txt requirements/run.txt
INSTALLED := .venv/installed
TESTING := .venv/testing
AUDITING := .venv/auditing
WORKERS ?= 2

.PHONY: run test check test-postgres15 test-as-guest bench soak bench-before bench-peers mutants messages lock wheel clean

run: $(INSTALLED)  ## The whole site on this machine, with a sandbox for Stripe.
	@exec $(BIN)/python -m development

test: check  ## Everything that must hold.
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

check: $(AUDITING)  ## What can be known without running it.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(if $(TEMPLATES),$(BIN)/djlint --quiet --lint --check $(TEMPLATES))
	$(BIN)/djlint --profile jinja --quiet --lint --check stripe_sandbox/pages/templates
	$(BIN)/lint-imports --no-logo
	$(BIN)/python manage.py makemigrations --check --settings tests.settings
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/hadolint deploy/Dockerfile deploy/pgbouncer.Dockerfile
	$(BIN)/python -m tests.platform.audit

test-postgres15: $(TESTING)  ## The suite, or TESTS=…, on Debian's PostgreSQL 15, the oldest that is promised.
	POSTGRES_PROGRAMS=$(POSTGRES15) $(BIN)/pytest -n $(WORKERS) --dist loadgroup $(TESTS)

test-as-guest: $(TESTING)  ## What moves credits and money, or TESTS=…, by a role that owns nothing in a schema of its own.
	SUITE_AS_GUEST=1 $(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not slow" $(or $(TESTS),$(CORE))

bench: $(TESTING)  ## How fast the ledger is, beside the least that a database could do.
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.webhook
	$(BIN)/python -m tests.benchmarks.http_api

soak: $(TESTING)  ## Random operations against the ledger and its model: `make soak N=1000000`, SEED=… to replay.
	$(BIN)/python -m tests.credits.soak --operations $(or $(N),1000000) $(if $(SEED),--seed $(SEED))

bench-before: $(TESTING)  ## The first edition, out of git, in turn with this one.
	$(BIN)/python -m tests.benchmarks.before

bench-peers: $(TESTING)  ## The same yardstick for other ledgers, each in an environment of its own.
	$(BIN)/python -m tests.benchmarks.peers
	$(BIN)/python -m tests.benchmarks.webhook --peers
	$(BIN)/python -m tests.benchmarks.pages

mutants: $(TESTING)  ## Plant faults in ledger and billing: the tests must notice each; WORKERS=… at a time, ONLY=… of a file.
	$(BIN)/python -m tests.mutants --workers $(WORKERS) $(if $(ONLY),--only $(ONLY))

messages: $(TESTING)  ## Collect what pages say into each locale/, and compile it; LANG=fr adds a language. Needs GNU gettext.
	$(BIN)/python manage.py makemessages $(LOCALES:%=-l %) --add-location file --no-obsolete \
		-i .venv -i .local -i tests --settings tests.settings
	@# A new catalogue calls itself fuzzy as a whole, and would not be compiled.
	@for file in $$(find locale */locale -name django.po); do \
		sed -e '1,/^msgid/{' -e '/^#, fuzzy$$/d' -e '}' $$file >$$file.new && mv $$file.new $$file; done
	for folder in locale */locale; do $(BIN)/pybabel compile -D django -d $$folder; done

lock: ## Write requirements/ anew from pyproject.toml; `make lock UPGRADE=--upgrade` for newer ones.
	uv pip compile $(LOCKING) $(UPGRADE) pyproject.toml $(SITE:%=--extra %) \
		--group pyproject.toml:site -o requirements/base.txt
	uv pip compile $(LOCKING) $(UPGRADE) pyproject.toml --extra sandbox \
		--group pyproject.toml:dev -c requirements/base.txt -o requirements/dev.txt
	uv pip compile $(LOCKING) pyproject.toml --extra sandbox --group pyproject.toml:run \
		-c requirements/base.txt -c requirements/dev.txt -o requirements/run.txt
	uv pip compile $(LOCKING) $(UPGRADE) pyproject.toml --group pyproject.toml:audit \
		-c requirements/base.txt -c requirements/dev.txt -o requirements/audit.txt

wheel: $(AUDITING)  ## What other projects install, and the list of what the site is made of, in dist/.
	$(BIN)/hatchling build --target wheel
	$(BIN)/python -m tests.platform.audit --bill-of-materials dist/sbom.cdx.json

clean:  ## Forget the packages and the development data.
	rm -rf .venv .local dist

# All languages that there are, and the one that is asked for: `make messages LANG=pt_BR`.
LOCALES = $(sort $(notdir $(wildcard locale/*)) $(if $(filter command,$(origin LANG)),$(LANG)))

# The extras that the site runs with.
SITE := billing accounts api jobs mirror telemetry
LOCKING := --quiet --universal --no-strip-extras --generate-hashes --no-header --no-annotate
TEMPLATES = $(wildcard templates api/templates billing/templates credits/templates)

POSTGRES15 := /usr/lib/postgresql/15/bin
# Ledger, settlement and the webhook's intake: what the database itself must get right.
CORE := tests/credits tests/billing/models tests/billing/settlement tests/billing/webhooks \
	tests/billing/test_fulfilment.py tests/billing/test_refunds.py tests/billing/test_races.py

# A site as it would be in production, for checks that look only there. No server is asked.
PRODUCTION := ENV_FILE=/dev/null DEBUG=false SITE_URL=https://credits.example \
	SECRET_KEY=a-secret-key-that-is-as-long-and-as-varied-as-production-wants-1234567890 \
	DATABASE_URL=postgres:///none EMAIL_URL=smtp://localhost \
	STRIPE_SECRET_KEY=sk_live_000000000000000000000000 STRIPE_LIVE_MODE=true \
	STRIPE_WEBHOOK_SECRET=whsec_production STRIPE_API_BASE=

# What each lock holds is installed on top of the one before, and again only when it has changed.
# Modules are compiled when they are first used: of most packages that is a small part.
define install
	@if command -v uv >/dev/null; then \
		uv pip install --quiet --python $(BIN)/python --require-hashes $(1:%=-r %); \
	else \
		$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check \
			--require-hashes $(1:%=-r %); \
	fi
	@touch $@
endef

# What `make run` wants.
$(INSTALLED): $(LOCKS)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and was not found." >&2; exit 1; }
	@echo "Installing the packages ..."
	@if command -v uv >/dev/null; then \
		test -x $(BIN)/python || uv venv --quiet --python $(PYTHON) .venv; \
	else \
		test -x $(BIN)/pip || $(PYTHON) -m venv .venv; \
	fi
	$(call install,$(LOCKS))

# What tests and checks want besides.
$(TESTING): $(INSTALLED) requirements/dev.txt
	@echo "Installing what the tests want ..."
	$(call install,requirements/dev.txt)

# What only `make check` and `make wheel` want.
$(AUDITING): $(TESTING) requirements/audit.txt
	$(call install,requirements/audit.txt)
