"""What is said of the packages that the site is made of."""

import importlib.util
import json
import re

import pytest

from tests.platform import audit
from tests.processes import PROJECT

NEEDS = pytest.mark.skipif(
    not importlib.util.find_spec("cyclonedx_py"), reason="requirements/audit.txt is not installed"
)


class TestHoles:
    def test_are_told_with_what_mends_them(self):
        answer = {
            "dependencies": [
                {"name": "sound", "version": "1.0", "vulns": []},
                {"name": "unknown", "version": "1.0", "skip_reason": "not found"},
                {
                    "name": "old",
                    "version": "2.0",
                    "vulns": [
                        {"id": "PYSEC-1", "fix_versions": ["2.1", "3.0"]},
                        {"id": "PYSEC-2", "fix_versions": []},
                    ],
                },
            ]
        }

        known, holes = audit.judge(answer)

        assert known == 2
        assert holes == [
            "old 2.0: PYSEC-1 (mended in 2.1, 3.0)",
            "old 2.0: PYSEC-2 (mended in no release)",
        ]


class TestBillOfMaterials:
    @NEEDS
    def test_lists_each_locked_package_with_its_hashes(self, tmp_path):
        lock = (PROJECT / "requirements" / "base.txt").read_text()
        locked = dict(re.findall(r"^([\w.-]+)(?:\[[\w, -]+\])?==([^ ;]+)", lock, re.MULTILINE))

        audit.write_bill(tmp_path / "sbom.json")
        bill = json.loads((tmp_path / "sbom.json").read_text())

        assert bill["bomFormat"] == "CycloneDX"
        assert bill["metadata"]["component"]["name"] == "django-stripe-credits"
        listed = {one["name"]: one for one in bill["components"]}
        assert {name: one["version"] for name, one in listed.items()} == locked
        assert all(has_hashes(one) for one in listed.values())


def has_hashes(component):
    references = component.get("externalReferences", [])
    return any(reference.get("hashes") for reference in references)
