"""How many files of Python somebody reads who follows a spend."""

import sys
from pathlib import Path

import pytest

import credits
from tests.credits.factories import make_account, make_spend

HOME = Path(credits.__file__).parent


@pytest.mark.django_db
def test_a_spend_passes_at_most_seven_files():
    account = make_account(credits=10)
    make_spend(account=account)
    files = set()

    def note(frame, event, argument):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(HOME):
            files.add(str(path.relative_to(HOME)))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        make_spend(account=account)
    finally:
        sys.setprofile(before)

    files.add("functions.py")  # the call and the answer: declarations, of which nothing runs
    assert len(files) <= 7, sorted(files)
