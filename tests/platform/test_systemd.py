"""The units for systemd start what there is, and always again."""

import configparser
import shutil
import subprocess

import pytest

from tests.processes import PROJECT

UNITS = sorted((PROJECT / "deploy" / "systemd").glob("*.service"))


def read(unit):
    """Read a unit; of names that stand several times, the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read(unit)
    return parser


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
class TestUnit:
    def test_starts_its_process_again_whatever_ended_it(self, unit):
        settings = read(unit)

        assert settings["Service"]["Restart"] == "always"
        assert int(settings["Service"]["RestartSec"]) > 0
        assert settings["Unit"]["StartLimitIntervalSec"] == "0"

    def test_is_one_that_systemd_takes(self, unit, tmp_path):
        if shutil.which("systemd-analyze") is None:
            pytest.skip("systemd-analyze is not installed")
        text = unit.read_text().replace("/srv/credits/.venv/bin/", "/bin/true ")
        (tmp_path / unit.name).write_text(text.replace("User=credits", "User=nobody"))

        verified = subprocess.run(
            ["systemd-analyze", "verify", tmp_path / unit.name],
            capture_output=True,
            text=True,
            check=False,
        )

        assert verified.returncode == 0, verified.stderr


def test_there_is_one_for_each_process():
    commands = {read(unit)["Service"]["ExecStart"].partition("/bin/")[2] for unit in UNITS}

    assert commands == {
        "gunicorn --config deploy/gunicorn.conf.py config.wsgi",
        "python manage.py worker",
    }
    assert (PROJECT / "deploy" / "gunicorn.conf.py").exists()
