"""SECURITY.md: each row of the standard names a test that there is."""

import ast
import re

import pytest

from tests.processes import PROJECT

PAGE = (PROJECT / "SECURITY.md").read_text()
ROWS = re.findall(r"^\| ([\d., to]+) \| [^|]+ \| `(tests/[^`]+)` \|$", PAGE, re.MULTILINE)


def found(name):
    """Say whether a test, a class or a file is there, without running it."""
    file, *parts = name.split("::")
    if not (PROJECT / file).is_file():
        return False
    body = ast.parse((PROJECT / file).read_text()).body
    for part in parts:
        named = {
            node.name: node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)
        }
        if part not in named:
            return False
        body = named[part].body
    return True


@pytest.mark.parametrize(("numbers", "test"), ROWS)
def test_each_row_names_a_test_that_is_there(numbers, test):
    assert found(test), test


def test_no_row_goes_without_one():
    table = PAGE.partition("## Against ASVS")[2].partition("\n## ")[0]

    assert len(ROWS) == len(re.findall(r"^\| \d", table, re.MULTILINE)) > 20
