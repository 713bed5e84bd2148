"""Adjustments that a second person decides on."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from credits import adjustments, ledger
from credits.admin import notes
from credits.models import AdjustmentRequest
from tests.credits.admin import adjusting
from tests.credits.factories import make_spend, movements
from tests.staff import log_in, make_colleague, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def approval_above_50(settings):
    settings.CREDITS_ADJUSTMENT_APPROVAL_ABOVE = 50


@pytest.fixture
def account():
    return adjusting.make_account_of_somebody()


@pytest.fixture
def asker():
    return make_colleague("Refunds")


@pytest.fixture
def decider():
    return make_colleague("Refunds")


def send(colleague, account, **data):
    return adjusting.send(colleague, account, follow=True, **{"credits": "60"} | data)


def ask(asker, account, **data):
    send(asker, account, **data)
    return AdjustmentRequest.objects.get()


def decide(colleague, asked, decision="approve"):
    url = reverse("admin:credits_adjustmentrequest_decide", args=[asked.pk])
    return log_in(colleague).post(url, {"decision": decision}, follow=True)


class TestTerms:
    def test_are_asked_for_shown_and_given(self, asker, decider, account):
        tomorrow = timezone.localdate() + timedelta(days=1)
        asked = ask(asker, account, priority="10", start=tomorrow.isoformat())
        url = reverse("admin:credits_adjustmentrequest_decide", args=[asked.pk])
        page = log_in(decider).get(url).text

        decide(decider, asked)

        assert "Can be spent from" in page
        lot = account.lots.latest("pk")
        assert (lot.priority, lot.starts_at, lot.pending) == (10, asked.starts_at, 60)
        assert notes.say(LogEntry.objects.earliest("pk")) == (
            f"Asked for +60. Priority 10. From {tomorrow}. Goodwill"
        )

    def test_are_not_spoken_of_where_they_are_as_usual(self, asker, decider, account):
        asked = ask(asker, account)
        url = reverse("admin:credits_adjustmentrequest_decide", args=[asked.pk])

        page = log_in(decider).get(url).text

        assert "Can be spent from" not in page
        assert "Priority" not in page


class TestAsking:
    def test_above_the_limit_asks_and_changes_nothing(self, asker, account):
        answer = send(asker, account)

        asked = AdjustmentRequest.objects.get()
        assert "Nothing changes until a second person approves." in answer.text
        assert (asked.credits, asked.reason, asked.asked_by) == (
            60,
            "Goodwill",
            f"staff:{asker.pk}",
        )
        assert movements(account) == [100]
        assert notes.say(LogEntry.objects.get()) == "Asked for +60. Goodwill"

    def test_up_to_the_limit_asks_nobody(self, asker, account):
        send(asker, account, credits="50")

        assert movements(account) == [100, 50]
        assert not AdjustmentRequest.objects.exists()

    def test_a_double_click_asks_once(self, asker, account):
        nonce = uuid4()

        for _ in range(2):
            send(asker, account, nonce=nonce)

        assert AdjustmentRequest.objects.count() == 1

    def test_a_form_sent_again_with_other_values_asks_for_nothing_more(self, asker, account):
        nonce = uuid4()
        send(asker, account, nonce=nonce)

        answer = send(asker, account, nonce=nonce, credits="70")

        assert "was sent before with other values" in answer.text
        assert AdjustmentRequest.objects.get().credits == 60

    @pytest.mark.parametrize("numbers", [("40", "60"), ("60", "40")])
    def test_a_form_sent_again_across_the_limit_does_the_first_alone(self, asker, account, numbers):
        nonce = uuid4()
        send(asker, account, nonce=nonce, credits=numbers[0])

        answer = send(asker, account, nonce=nonce, credits=numbers[1])

        assert "was sent before with other values" in answer.text
        done = [*movements(account)[1:], *(r.credits for r in AdjustmentRequest.objects.all())]
        assert done == [int(numbers[0])]


class TestDeciding:
    def test_approving_adjusts_in_the_name_of_who_asked(self, asker, decider, account):
        asked = ask(asker, account)

        answer = decide(decider, asked)

        asked.refresh_from_db()
        assert "Adjusted by +60 credits." in answer.text
        assert movements(account) == [100, 60]
        assert asked.transaction.actor == f"staff:{asker.pk}"
        assert asked.transaction.metadata == {"approved_by": f"staff:{decider.pk}"}
        assert asked.status == "APPROVED"

    def test_rejecting_changes_nothing(self, asker, decider, account):
        asked = ask(asker, account)

        answer = decide(decider, asked, "reject")

        asked.refresh_from_db()
        assert "Nothing was adjusted." in answer.text
        assert movements(account) == [100]
        assert (asked.status, asked.decided_by) == ("REJECTED", f"staff:{decider.pk}")

    def test_happens_once(self, asker, decider, account):
        asked = ask(asker, account)
        decide(decider, asked)

        answer = decide(make_colleague("Refunds"), asked, "reject")

        asked.refresh_from_db()
        assert f"decided before, by {decider.email}." in answer.text
        assert movements(account) == [100, 60]
        assert asked.status == "APPROVED"

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    def test_nobody_decides_on_what_they_asked_for(self, asker, account, decision):
        asked = ask(asker, account)

        answer = decide(asker, asked, decision)

        asked.refresh_from_db()
        assert "someone else decides" in answer.text
        assert asked.status == "ASKED"
        assert movements(account) == [100]

    def test_too_little_left_leaves_it_asked_for(self, asker, decider, account):
        asked = ask(asker, account, credits="-100")
        make_spend(account=account, credits=30)

        answer = decide(decider, asked)

        asked.refresh_from_db()
        assert "only 70 can be taken away" in answer.text
        assert asked.status == "ASKED"
        assert ledger.balance(account) == 70

    def test_a_key_that_was_used_meanwhile_adjusts_nothing(self, asker, decider, account):
        asked = ask(asker, account)
        ledger.adjust(account=account, credits=5, reason="Other", actor="host", key=asked.key)

        answer = decide(decider, asked)

        assert "was used for another adjustment" in answer.text
        assert movements(account) == [100, 5]

    @pytest.mark.parametrize("decision", ["", "both"])
    def test_refuses_what_is_no_decision(self, asker, decider, account, decision):
        asked = ask(asker, account)

        assert decide(decider, asked, decision).status_code == 200
        assert AdjustmentRequest.objects.get().status == "ASKED"

    def test_shows_what_is_decided_on(self, asker, decider, account):
        asked = ask(asker, account)
        url = reverse("admin:credits_adjustmentrequest_decide", args=[asked.pk])

        text = log_in(decider).get(url).text

        assert all(word in text for word in ["+60", "Goodwill", asker.email, account.user.email])


class TestPermission:
    @pytest.mark.parametrize("group", ["Support", "Auditor", "Catalog"])
    def test_others_may_not(self, asker, account, group):
        asked = ask(asker, account)

        assert decide(make_colleague(group), asked).status_code == 403

    def test_others_see_no_button(self, asker, account):
        asked = ask(asker, account)
        url = reverse("admin:credits_adjustmentrequest_change", args=[asked.pk])

        people = [make_colleague("Support"), make_colleague("Refunds"), asker]
        seen = ["/decide/" in log_in(person).get(url).text for person in people]

        assert seen == [False, True, False]


class TestFirstPage:
    def test_counts_what_waits_and_is_silent_otherwise(self, asker, decider, account):
        client = log_in(decider)
        before = client.get(reverse("admin:index")).text
        asked = ask(asker, account)
        while_waiting = client.get(reverse("admin:index")).text
        adjustments.reject(request=asked, decided_by="staff:0")

        after = client.get(reverse("admin:index")).text

        words = "Adjustments to approve"
        assert [words in text for text in (before, while_waiting, after)] == [False, True, False]


class TestList:
    def test_asks_no_more_for_more_rows(self, asker, decider, account):
        client = log_in(decider)
        url = reverse("admin:credits_adjustmentrequest_changelist")
        send(asker, account)
        few = queries_of(client, url)
        for _ in range(5):
            send(asker, account)

        assert queries_of(client, url) == few
