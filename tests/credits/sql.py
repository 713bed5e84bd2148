"""The ledger's SQL, where a test needs a function as it is outside of tests."""

import re
from pathlib import Path

from credits import sql

_RULE = re.compile(r"CREATE (FUNCTION credits_can_be_v1\(.*?\$\$;)", re.DOTALL)


def rule_of_time() -> str:
    """Give the statement that puts back the rule from which the suite's database is free."""
    [rule] = _RULE.findall((Path(sql.__file__).parent / "expire.sql").read_text())
    return f"CREATE OR REPLACE {rule}"
