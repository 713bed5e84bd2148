"""What other projects install: the apps with all they read, and nothing of this site's own."""

import re
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.processes import PROJECT

PACKAGES = ("api", "billing", "credits", "stripe_sandbox")

pytestmark = pytest.mark.xdist_group("hosts")


@pytest.fixture(scope="module")
def files(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def written(package):
    """Every file of a package in this tree but what Python leaves there."""
    return {
        str(path.relative_to(PROJECT))
        for path in (PROJECT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


class TestWheel:
    @pytest.mark.parametrize("package", PACKAGES)
    def test_has_every_file_of_a_package(self, files, package):
        assert {name for name in files if Path(name).parts[0] == package} == written(package)

    @pytest.mark.parametrize("suffix", [".py", ".sql", ".html", ".css", ".js", ".mo"])
    def test_has_what_the_apps_read_besides_code(self, files, suffix):
        assert any(name.endswith(suffix) for name in files)

    @pytest.mark.parametrize("package", PACKAGES)
    def test_says_that_a_package_is_typed(self, files, package):
        assert f"{package}/py.typed" in files

    def test_has_nothing_of_this_site(self, files):
        folders = {Path(name).parts[0] for name in files}

        assert {folder for folder in folders if not folder.endswith(".dist-info")} == set(PACKAGES)

    def test_asks_for_django_and_psycopg_alone(self, metadata):
        wanted = metadata.get_all("Requires-Dist")
        without_extras = {
            re.split(r"[^\w-]", line, maxsplit=1)[0] for line in wanted if "extra ==" not in line
        }

        assert without_extras == {"django", "psycopg"}

    def test_offers_an_extra_for_each_app_that_wants_more(self, metadata):
        assert set(metadata.get_all("Provides-Extra")) == {
            "accounts",
            "api",
            "billing",
            "jobs",
            "mirror",
            "sandbox",
            "telemetry",
        }
