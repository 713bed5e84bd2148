"""The wheel, built from this tree, and the environments and projects that it comes into."""

import os
import sys
from contextlib import ExitStack

import pytest

from tests.databases import scratch_database
from tests.hosts.project import FILES, Environment, Project, run
from tests.processes import PROJECT

collect_ignore = ["files"]  # what hosts have; it runs there


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A folder with `dist/` in it, as `make wheel` leaves it."""
    folder = tmp_path_factory.mktemp("checkout")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    run([*build, "-d", folder / "dist"], env=dict(os.environ), cwd=PROJECT)
    return folder


@pytest.fixture(scope="session")
def wheel(checkout):
    (found,) = (checkout / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="session")
def make_environment(checkout, tmp_path_factory):
    """Make virtual environments; skips where packages cannot be had."""

    def make():
        folder = tmp_path_factory.mktemp("environment") / "venv"
        try:
            environment = Environment(folder, checkout=checkout)
        except AssertionError as error:
            pytest.skip(f"no virtual environment can be made here: {last_line(error)}")
        try:
            environment.run("pip", "download", "--no-deps", "--quiet", "sqlparse")
        except AssertionError as error:
            pytest.skip(f"no package index can be reached: {last_line(error)}")
        return environment

    return make


@pytest.fixture(scope="session")
def make_project(tmp_path_factory):
    """Make projects, each with a database that goes with it."""
    with ExitStack() as databases:

        def make(environment, *files):
            database = databases.enter_context(scratch_database())
            folder = tmp_path_factory.mktemp("host") / "project"
            project = Project(folder, environment, database=database)
            for name in files:
                project.add(FILES / name)
            project.manage("makemigrations")
            return project

        yield make


def last_line(error):
    return str(error).strip().splitlines()[-1]
