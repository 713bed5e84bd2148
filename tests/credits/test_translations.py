"""The ledger speaks Chinese wherever it is installed: its catalogue comes with it, complete."""

from pathlib import Path

from babel.messages.pofile import read_po

import credits

MESSAGES = Path(credits.__file__).parent / "locale" / "zh_Hans" / "LC_MESSAGES"


def test_have_no_gap():
    with (MESSAGES / "django.po").open("rb") as file:
        catalogue = read_po(file)

    missing = [message.id for message in catalogue if message.id and not message.string]
    unsure = [message.id for message in catalogue if message.id and message.fuzzy]

    assert (missing, unsure) == ([], [])
