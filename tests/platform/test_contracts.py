"""Every contract of import-linter in `pyproject.toml` breaks when it should."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
# Contract, file, and the line in it that breaks the contract.
OFFENCES = [
    ("apps", "credits/models/__init__.py", "import billing.models"),
    ("apps", "billing/models/__init__.py", "import config.settings"),
    ("apps", "config/settings.py", "import development"),
    ("apps", "billing/models/__init__.py", "import development.embedded_postgres"),
    ("apps", "credits/models/__init__.py", "import development.environment"),
    ("apps", "billing/models/__init__.py", "import api.models"),
    ("apps", "api/models/__init__.py", "import config.settings"),
    ("credits", "credits/models/__init__.py", "import allauth"),
    ("credits", "credits/jobs.py", "import procrastinate"),
    ("credits", "credits/ledger/spending.py", "import structlog"),
    ("stripe", "billing/models/__init__.py", "import stripe"),
    ("djstripe", "billing/models/__init__.py", "import djstripe.models"),
    ("structlog", "billing/models/__init__.py", "import structlog"),
    ("opentelemetry", "config/settings.py", "import opentelemetry"),
    ("procrastinate", "billing/models/__init__.py", "import procrastinate"),
    ("mirror", "billing/models/__init__.py", "import billing.mirror"),
    ("sandbox", "billing/models/__init__.py", "import stripe_sandbox"),
    ("sandbox-alone", "stripe_sandbox/state/ids.py", "import django"),
    ("sandbox-alone", "stripe_sandbox/state/ids.py", "import development"),
    ("sandbox-layers", "stripe_sandbox/state/world.py", "import stripe_sandbox.payments"),
    ("credits-layers", "credits/models/__init__.py", "import credits.admin"),
    ("credits-layers", "credits/ledger/spending.py", "import credits.holds"),
    ("api-layers", "api/models/__init__.py", "import api.urls"),
    ("billing-layers", "billing/models/__init__.py", "import billing.stripe_gateway"),
]


@pytest.fixture
def copy(tmp_path):
    for name in ("development", "config", "api", "billing", "credits", "stripe_sandbox"):
        shutil.copytree(
            PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder, *arguments):
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


class TestContracts:
    def test_each_has_an_offence_here(self):
        contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())
        linter = contracts["tool"]["importlinter"]

        assert {contract["id"] for contract in linter["contracts"]} == {
            contract for contract, _, _ in OFFENCES
        }

    @pytest.mark.parametrize(("contract", "file", "line"), OFFENCES)
    def test_is_broken_by_its_offence(self, copy, contract, file, line):
        text = (copy / file).read_text()
        (copy / file).write_text(f"{text}\n{line}\n")

        report = lint_imports(copy, "--contract", contract)

        assert report.returncode == 1
        assert "0 kept, 1 broken" in report.stdout

    def test_has_no_room_for_a_module_nobody_placed(self, copy):
        (copy / "credits" / "misplaced.py").touch()

        report = lint_imports(copy, "--contract", "credits-layers")

        assert report.returncode == 1
        assert "misplaced" in report.stdout
