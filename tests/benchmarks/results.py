"""What the benchmarks measured last: `.local/bench.json`."""

import json
from collections.abc import Mapping

from development import embedded_postgres

RESULTS = embedded_postgres.PROJECT / ".local" / "bench.json"


def keep(figures: Mapping[str, float]) -> None:
    """Write these figures beside those of other benchmarks."""
    RESULTS.parent.mkdir(exist_ok=True)
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept |= {name: round(value, 3) for name, value in figures.items()}
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n")
