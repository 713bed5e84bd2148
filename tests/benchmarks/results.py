"""What the benchmarks measured last: `.local/bench.json`."""

import json
from collections.abc import Mapping
from typing import Any

from development import embedded_postgres

RESULTS = embedded_postgres.PROJECT / ".local" / "bench.json"


def keep(figures: Mapping[str, Any]) -> None:
    """Write these figures, which may be mappings of figures, beside those of other benchmarks."""
    RESULTS.parent.mkdir(exist_ok=True)
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept |= _rounded(figures)
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n")


def _rounded(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _rounded(value) if isinstance(value, Mapping) else round(value, 3)
        for name, value in figures.items()
    }
