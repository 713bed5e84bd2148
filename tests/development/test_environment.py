"""What a project without configuration gets, and what one with it does not."""

import os
import sys

import pytest

from tests.development import embedding
from tests.development.embedding import Person
from tests.processes import PROJECT

PREPARE = (
    "import os; from development import environment; environment.prepare()\n"
    "print(os.environ.get('DEBUG'), os.environ['DATABASE_URL'])"
)


@pytest.fixture
def house():
    with embedding.house(Person(embedding.our_name(), sys.executable)) as made:
        yield made


def state(house):
    return house.code / ".local" / "postgres"


class TestPrepare:
    def test_starts_a_server_and_loosens_settings_where_nothing_is_said(self, house):
        answer = house.person.run(PREPARE, folder=house.code)

        debug, url = answer.stdout.split()
        assert debug == "true"
        assert url.startswith("postgres://postgres@/credits?host=/")
        assert state(house).exists()

    def test_starts_nothing_where_a_database_is_named(self, house):
        answer = house.person.run(PREPARE, folder=house.code, DATABASE_URL="postgres:///ours")

        assert answer.stdout.split() == ["None", "postgres:///ours"]
        assert not state(house).exists()

    def test_finds_the_database_in_the_env_file(self, house):
        (house.code / ".env").write_text("DATABASE_URL=postgres:///ours\n")

        answer = house.person.run(PREPARE, folder=house.code)

        assert answer.stdout.split() == ["None", "postgres:///ours"]

    def test_loosens_nothing_where_a_secret_key_is_named(self, house):
        answer = house.person.run(PREPARE, folder=house.code, SECRET_KEY="ours")

        assert answer.stdout.split()[0] == "None"

    @pytest.mark.parametrize(
        ("named", "found"),
        [({}, "http://127.0.0.1:12111"), ({"STRIPE_SECRET_KEY": "sk_test_ours"}, "None")],
    )
    def test_finds_the_sandbox_of_make_run_unless_a_key_names_stripe(self, house, named, found):
        code = PREPARE + "\nprint(os.environ.get('STRIPE_API_BASE'))"

        answer = house.person.run(code, folder=house.code, **named)

        assert answer.stdout.split()[-1] == found

    @pytest.mark.parametrize(("named", "port"), [({}, "8000"), ({"PORT": "8055"}, "8055")])
    def test_finds_the_site_of_make_run(self, house, named, port):
        code = PREPARE + "\nprint(os.environ['SITE_URL'])"

        answer = house.person.run(code, folder=house.code, **named)

        assert answer.stdout.split()[-1] == f"http://127.0.0.1:{port}"

    def test_names_another_server_where_its_own_cannot_be_started(self, house):
        (house.code / ".local").write_text("a file, where a folder should be")

        answer = house.person.run(PREPARE, folder=house.code)

        assert answer.returncode == 1
        assert "DATABASE_URL=postgres://user:password@localhost:5432/credits" in answer.stderr
        assert "NotADirectoryError" in answer.stderr
        assert "Traceback" not in answer.stderr


class TestSettings:
    def test_start_no_server(self, house):
        answer = house.person.run("import config.settings", folder=house.code, SECRET_KEY="ours")

        assert "Misconfigured" in answer.stderr
        assert not state(house).exists()

    def test_of_the_suite_need_no_server(self, house):
        answer = house.person.run(
            "import tests.settings; print(tests.settings.DATABASES['default']['ENGINE'])",
            folder=os.fspath(PROJECT),
        )

        assert answer.stdout.strip() == "django.db.backends.postgresql", answer.stderr
