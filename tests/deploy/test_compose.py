"""The files for containers: linted, and held against one another."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.processes import PROJECT

DEPLOY = PROJECT / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text()
FILE = yaml.safe_load(TEXT)
SERVICES = FILE["services"]
OWN = [name for name, service in SERVICES.items() if service["image"].startswith("credits:")]
HADOLINT = Path(sys.executable).with_name("hadolint")


def has_engine():
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


class TestCompose:
    @pytest.mark.skipif(
        not importlib.util.find_spec("compose_spec"), reason="requirements/audit.txt: no linter"
    )
    def test_pleases_a_linter(self):
        from compose_spec import PyCompose  # noqa: PLC0415 - where it is installed

        filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", TEXT)
        filled = re.sub(r"\$\{\w+:\?\}", "word", filled)
        whole = {name: it for name, it in yaml.safe_load(filled).items() if name[:2] != "x-"}

        PyCompose.from_yaml(yaml.safe_dump(whole)).validate()

    def test_names_what_is_there(self):
        for service in SERVICES.values():
            assert set(service.get("depends_on", {})) <= set(SERVICES)
            assert set(service["networks"]) <= set(FILE["networks"])
            for volume in service.get("volumes", []):
                source = volume.partition(":")[0]
                if source.startswith("./"):
                    assert (DEPLOY / source).is_file()
                elif not source.startswith("$"):
                    assert source in FILE["volumes"]
            if "build" in service:
                assert (
                    DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]
                ).exists()

    @pytest.mark.parametrize("name", SERVICES)
    def test_gives_no_service_more_than_it_needs(self, name):
        service = SERVICES[name]

        assert service["restart"] == ("on-failure" if name == "migrate" else "always")
        assert "logging" in service
        if name != "database":  # its image gives up root by itself, and writes to its volume
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]

    def test_reaches_the_database_past_the_pool_only_where_that_must_be(self):
        through = {name: SERVICES[name]["environment"]["DATABASE_URL"] for name in OWN}

        pooled = {name for name, url in through.items() if "@pgbouncer:6432/" in url}
        assert pooled == {"web1", "web2"}
        assert {name for name in OWN if name not in pooled} == {"worker", "migrate"}

    def test_shows_nothing_but_the_proxy(self):
        assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]

    def test_gives_web_processes_the_time_that_they_take_to_stop(self):
        configuration = (DEPLOY / "gunicorn.conf.py").read_text()
        [graceful] = re.findall(r"^graceful_timeout = (\d+)$", configuration, re.MULTILINE)

        for name in ("web1", "web2"):
            assert int(graceful) < int(SERVICES[name]["stop_grace_period"].removesuffix("s")) == 30


class TestImage:
    @pytest.mark.skipif(not HADOLINT.exists(), reason="requirements/audit.txt: no linter")
    @pytest.mark.parametrize("name", ["Dockerfile", "pgbouncer.Dockerfile"])
    def test_pleases_a_linter(self, name):
        done = subprocess.run(
            [HADOLINT, "--no-color", DEPLOY / name], capture_output=True, text=True, check=False
        )

        assert done.returncode == 0, done.stdout

    def test_is_given_what_its_script_takes(self):
        script = (DEPLOY / "install.sh").read_text()
        [taken] = re.findall(r"^for part in (.*); do$", script, re.MULTILINE)
        given = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()

        assert {line[1:] for line in given if line[0] == "!"} == {
            *taken.split(),
            "requirements/base.txt",
        }
        assert given[0] == "*"

    @pytest.mark.slow
    @pytest.mark.skipif(not has_engine(), reason="no container engine answers here")
    def test_is_built_and_answers(self):
        build = ["docker", "build", "--file", "deploy/Dockerfile", "--tag", "credits:tests", "."]
        subprocess.run(build, cwd=PROJECT, check=True)
        whoami = ["docker", "run", "--rm", "--read-only", "credits:tests", "id", "--user"]

        assert (
            subprocess.run(whoami, check=True, capture_output=True, text=True).stdout == "10001\n"
        )
