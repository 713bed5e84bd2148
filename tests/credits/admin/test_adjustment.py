"""Correcting a balance by hand."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from credits import ledger
from credits.admin import notes
from tests.credits.admin.adjusting import make_account_of_somebody, send
from tests.credits.factories import movements
from tests.staff import log_in, make_colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account_of_somebody()


@pytest.fixture
def colleague():
    return make_colleague("Refunds")


class TestAdjusting:
    def test_gives_and_takes_and_goes_back_to_the_account(self, colleague, account):
        answers = [send(colleague, account, credits=credits) for credits in ("10", "-30")]

        assert [answer.status_code for answer in answers] == [302, 302]
        assert answers[0]["Location"] == reverse("admin:credits_account_change", args=[account.pk])
        assert movements(account) == [100, 10, -30]

    def test_leaves_who_and_why_in_the_ledger_and_in_the_log(self, colleague, account):
        send(colleague, account, credits="-5", reason="Granted twice by phone")

        newest = account.transactions.latest("seq")
        logged = LogEntry.objects.get()
        assert newest.description == "Granted twice by phone"
        assert newest.actor == f"staff:{colleague.pk}"
        assert logged.user == colleague
        assert notes.say(logged) == "-5. Granted twice by phone"

    def test_a_double_click_adjusts_once(self, colleague, account):
        nonce = uuid4()

        for _ in range(2):
            send(colleague, account, nonce=nonce)

        assert movements(account) == [100, 10]

    def test_a_form_sent_again_with_other_values_changes_nothing(self, colleague, account):
        nonce = uuid4()
        send(colleague, account, nonce=nonce)

        answer = send(colleague, account, nonce=nonce, credits="99")

        assert "was sent before with other values" in answer.text
        assert movements(account) == [100, 10]

    def test_never_takes_more_than_can_be_spent(self, colleague, account):
        answer = send(colleague, account, credits="-101")

        assert "Only 100 can be taken away." in answer.text
        assert ledger.balance(account) == 100

    @pytest.mark.parametrize(
        "data",
        [
            {"credits": "0"},
            {"credits": ""},
            {"credits": "1.5"},
            {"credits": str(10**15)},
            {"reason": " "},
            {"reason": "x" * 256},
            {"nonce": "x"},
            {"priority": "101"},
            {"priority": "-1"},
            {"priority": "soon"},
            {"start": "2020-01-01"},
            {"start": "tomorrow"},
            {"credits": "-5", "priority": "10"},
            {"credits": "-5", "start": "2999-01-01"},
        ],
    )
    def test_refuses_what_makes_no_sense(self, colleague, account, data):
        answer = send(colleague, account, **data)

        assert answer.status_code == 200
        assert movements(account) == [100]

    def test_gives_credits_with_a_priority_that_begin_on_a_day(self, colleague, account, settings):
        tomorrow = timezone.localdate() + timedelta(days=1)

        answer = send(colleague, account, priority="10", start=tomorrow.isoformat())

        assert answer.status_code == 302
        lot = account.lots.latest("pk")
        assert (lot.priority, lot.pending) == (10, 10)
        assert timezone.localtime(lot.starts_at).date() == tomorrow
        assert timezone.localtime(lot.starts_at).hour == 0
        assert ledger.balance(account) == 100
        assert ledger.balance(account, lot.starts_at) == 110
        assert notes.say(LogEntry.objects.get()) == (f"+10. Priority 10. From {tomorrow}. Goodwill")

    def test_gives_as_the_ledger_does_where_nothing_is_said(self, colleague, account):
        send(colleague, account, priority="", start="")

        lot = account.lots.latest("pk")
        assert (lot.priority, lot.starts_at) == (50, None)

    def test_says_what_is_wrong_beside_its_field(self, colleague, account):
        past = send(colleague, account, start="2020-01-01").text
        taken = send(colleague, account, credits="-5", priority="10").text

        assert "This day has begun." in past
        assert "Only credits that are given have this." in taken

    def test_shows_a_fresh_form_each_time(self, colleague, account):
        url = reverse("admin:credits_account_adjust", args=[account.pk])
        client = log_in(colleague)

        nonces = {client.get(url).context["form"]["nonce"].value() for _ in range(2)}

        assert len(nonces) == 2


class TestPermission:
    @pytest.mark.parametrize("group", ["Support", "Auditor", "Catalog"])
    def test_others_may_not(self, account, group):
        assert send(make_colleague(group), account).status_code == 403
        assert movements(account) == [100]

    def test_others_see_no_button(self, account):
        url = reverse("admin:credits_account_change", args=[account.pk])

        seen = [
            "Adjust credits" in log_in(make_colleague(group)).get(url).text
            for group in ("Support", "Refunds")
        ]

        assert seen == [False, True]

    def test_an_account_that_is_not_there_is_not_found(self, colleague, account):
        account.pk += 1000

        assert send(colleague, account).status_code == 404
