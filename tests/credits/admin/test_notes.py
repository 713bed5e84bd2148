"""Notes of the log: codes in the row, words on the page."""

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import translation

from credits.admin import notes
from credits.models import Account
from tests.credits.factories import make_account
from tests.people import make_staff
from tests.staff import log_in, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    account = make_account()
    message = notes.because("They called", notes.code("asked_for", credits="+5"))
    return LogEntry.objects.log_actions(
        user_id=make_staff().pk,
        queryset=[account],
        action_flag=2,
        change_message=message,
        single_object=True,
    )


class TestNotes:
    def test_are_said_in_the_readers_language(self, entry):
        assert notes.say(entry) == "Asked for +5. They called"
        with translation.override("de"):
            assert notes.say(entry) == "+5 Credits beantragt. They called"

    def test_of_djangos_own_stay_as_django_says_them(self):
        assert notes.say(LogEntry(change_message='[{"added": {}}]')) == "Added."

    def test_of_nobodys_code_are_said_as_they_are(self):
        assert notes.say(LogEntry(change_message="gone fishing")) == "gone fishing"

    def test_are_said_in_a_rows_history(self, entry):
        client = log_in(make_staff())

        text = client.get(page(Account, "history", entry.object_id)).text

        assert "Asked for +5. They called" in text
        assert "asked_for" not in text
