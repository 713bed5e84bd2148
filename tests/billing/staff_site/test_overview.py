"""The figures on the staff's first page."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from billing.models import Dispute, StripeEvent
from billing.staff_site import days as days_module
from billing.staff_site import figures
from billing.staff_site import overview as overview_module
from billing.staff_site.spans import Span
from tests.credits.factories import make_account, make_lot, make_operation, make_spend
from tests.staff import log_in, make_colleague, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


def overview(*groups):
    return log_in(make_colleague(*groups)).get(reverse("admin:index")).context["overview"]


def shown(*groups):
    seen = overview(*groups)
    return {str(tile.label): list(tile.figures) for tile in [*seen.queues, *seen.tiles]}


class TestFigures:
    def test_add_up_credits_and_money(self, shop):
        plan = shop.plan(credits=1000, bonus_credits=200, unit_amount=1000)
        first, second = shop.sell(plan=plan), shop.sell(plan=plan)
        make_lot(account=first.account, credits=30)
        make_lot(account=first.account, credits=7, expires_at=timezone.now() - timedelta(seconds=1))
        make_spend(account=second.account, credits=1100)
        shop.refund(second, 500)
        shop.deliver()

        assert shown("Auditor") == {
            "Quarantined events": ["0"],
            "Failing events": ["0"],
            "Fraud warnings": ["0"],
            "Open shortfalls": ["1"],
            "Disputes to answer": ["0"],
            "Outstanding credits": ["1,230", "$10.00"],
            "Sold credits": ["2,400"],
            "Given credits": ["37"],
            "Used credits": ["1,100"],
            "Still owed": ["500"],
            "Net revenue": ["$15.00"],
            "Revenue": ["$20.00"],
            "Refunds": ["$5.00"],
            "Disputes": ["none"],
        }

    def test_keep_currencies_apart(self, shop, settings):
        shop.sell()
        settings.BILLING_CURRENCY = "jpy"
        shop.sell(plan=shop.plan(currency="jpy", unit_amount=1500))

        assert shown("Auditor")["Revenue"] == ["¥1,500", "$10.00"]

    def test_count_what_banks_hold_back(self, shop):
        purchase = shop.sell()
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()

        assert shown("Auditor")["Disputes"] == ["$10.00"]

    def test_count_events_that_need_a_person_afresh(self, shop):
        shop.sell()
        assert shown("Auditor")["Quarantined events"] == ["0"]

        StripeEvent.objects.update(state=StripeEvent.State.QUARANTINED)

        assert shown("Auditor")["Quarantined events"] == [str(StripeEvent.objects.count())]

    def test_stand_on_an_empty_site(self):
        seen = shown("Auditor")

        assert seen["Outstanding credits"] == ["0"]
        assert seen["Revenue"] == ["none"]
        assert overview("Auditor").charts == []

    def test_are_summed_up_once_a_minute(self, shop, django_assert_max_num_queries):
        shop.sell()
        client = log_in(make_colleague("Auditor"))
        client.get(reverse("admin:index"))

        with django_assert_max_num_queries(10) as queries:
            client.get(reverse("admin:index"))

        # What was written off of a lot is summed up lot by lot, and only where something is owed.
        sums = [query for query in queries if "SUM(" in query["sql"]]
        assert all("credits_writeoff" in query["sql"] for query in sums)

    def test_that_take_too_long_are_left_out_and_said_so(self, shop, monkeypatch):
        shop.sell()
        monkeypatch.setattr(overview_module, "PATIENCE", 1)
        monkeypatch.setattr(
            figures,
            "of_credits",
            lambda at, span: connection.cursor().execute("SELECT pg_sleep(3)"),
        )

        seen = overview("Auditor")

        assert seen.is_incomplete
        assert [tile.label for tile in seen.tiles] == [
            *("Net revenue", "Revenue", "Refunds", "Disputes")
        ]


class TestPeriods:
    def tiles(self, period):
        client = log_in(make_colleague("Auditor"))
        seen = client.get(reverse("admin:index"), {"period": period}).context["overview"]
        return {str(tile.label): tile for tile in seen.tiles}, seen

    def test_are_compared_with_the_days_before(self, shop):
        plan = shop.plan(unit_amount=1000)
        with time_machine.travel(timezone.now() - timedelta(days=10), tick=False):
            early = shop.sell(plan=plan)
            make_spend(account=early.account, credits=30)
        shop.sell(plan=plan)
        purchase = shop.sell(plan=plan)
        make_spend(account=purchase.account, credits=12)
        shop.refund(purchase, 300)
        shop.deliver()

        week, _seen = self.tiles("7")
        month, _seen = self.tiles("30")

        assert (week["Revenue"].figures, week["Revenue"].before) == (["$20.00"], "$10.00")
        assert (week["Net revenue"].figures, week["Net revenue"].before) == (["$17.00"], "$10.00")
        assert (week["Sold credits"].figures, week["Sold credits"].before) == (["200"], "100")
        assert (week["Used credits"].figures, week["Used credits"].before) == (["12"], "30")
        assert (month["Revenue"].figures, month["Revenue"].before) == (["$30.00"], "none")

    def test_are_of_the_sites_days(self, settings):
        settings.TIME_ZONE = "Asia/Shanghai"
        at = datetime(2026, 11, 24, 17, tzinfo=UTC)  # the 25th there
        with time_machine.travel(at - timedelta(days=1), tick=False):
            account = make_account()
        make_lot(account=account, credits=100, at=at - timedelta(hours=2))
        make_spend(account=account, credits=30, at=at)

        with time_machine.travel(at + timedelta(hours=1), tick=False):
            today, _seen = self.tiles("today")

        assert (today["Used credits"].figures, today["Given credits"].before) == (["30"], "100")

    def test_show_what_sold_best_and_what_was_used_most(self, shop):
        studio, solo = shop.plan(name="Studio"), shop.plan(name="Solo", unit_amount=500)
        make_operation(slug="image", name="Draw a picture")
        account = shop.sell(plan=studio).account
        shop.sell(plan=solo)
        shop.sell(plan=solo)
        make_spend(account=account, credits=30, operation="image")
        make_spend(account=account, credits=5)

        _tiles, seen = self.tiles("today")

        tables = {ranking.title: ranking.rows for ranking in seen.rankings}
        assert tables["Best-selling plans"] == [["Solo", "2", "$10.00"], ["Studio", "1", "$10.00"]]
        assert tables["Use by operation"] == [["Draw a picture", "30"], ["No operation named", "5"]]

    @pytest.mark.parametrize("period", ["today", "7", "30", "90", "month", "nonsense"])
    def test_can_be_chosen(self, shop, period):
        shop.sell()

        tiles, seen = self.tiles(period)

        assert tiles["Revenue"].figures == ["$10.00"]
        assert seen.span.name == (period if period != "nonsense" else "30")

    def test_take_as_many_queries_for_a_long_history_as_for_a_short_one(self, shop):
        client = log_in(make_colleague("Auditor"))
        purchase = shop.sell()
        make_spend(account=purchase.account, operation="operation")
        client.get(reverse("admin:index"))  # what is kept for good
        few = self.cold(client)
        for back in range(1, 40):
            at = timezone.now() - timedelta(days=back)
            make_lot(account=purchase.account, at=at)
            make_spend(account=purchase.account, at=at, operation=f"operation-{back}")
        shop.sell()

        assert self.cold(client) == few

    def cold(self, client):
        cache.clear()
        return queries_of(client, reverse("admin:index") + "?period=90")

    def test_read_only_today_once_the_other_days_were_added_up(self, django_assert_num_queries):
        lot = make_lot()
        make_spend(account=lot.account, at=timezone.now() - timedelta(days=3))
        now = Span.named("7", timezone.localdate()).now
        first = days_module.moved(now)
        make_spend(account=lot.account, credits=9)

        with django_assert_num_queries(1) as queries:
            again = days_module.moved(now)

        assert sum(row.used for row in again) == sum(row.used for row in first) + 9
        assert f"'{now.last - timedelta(days=1)}" not in queries[0]["sql"]


class TestWhoSeesWhat:
    def test_catalog_sees_no_figure(self):
        assert shown("Catalog") == {}

    def test_support_sees_them(self):
        assert "Revenue" in shown("Support")


class TestCharts:
    def test_show_today_and_thirty_days(self, shop):
        purchase = shop.sell()
        make_spend(account=purchase.account, credits=40)

        credits_by_day, revenue = overview("Auditor").charts

        today = timezone.localdate()
        day, [granted, used] = credits_by_day.rows[0]
        assert (day, granted, used) == (today, "100", "40")
        assert len(credits_by_day.rows) == 30
        assert revenue.rows[0] == (today, ["$10.00"])
        assert revenue.summary == "In 30 days $10.00 came in."

    def test_show_days_though_a_later_operation_is_dated_before_them(self):
        lot = make_lot(credits=100)
        make_spend(account=lot.account, credits=30, at=timezone.now() - timedelta(days=60))

        [credits_by_day] = overview("Auditor").charts

        assert credits_by_day.rows[0][1] == ["100", "0"]

    def test_have_no_inline_style_and_a_table_beside_them(self, shop):
        shop.sell()

        text = log_in(make_colleague("Auditor")).get(reverse("admin:index")).text

        assert "style=" not in text
        assert "<script>" not in text
        assert text.count("<svg viewBox") == text.count("</figcaption>") == 2


class TestDisputes:
    def test_stand_under_what_needs_a_person_the_soonest_first(self, shop):
        purchases = [shop.sell(), shop.sell(), shop.sell()]
        now = timezone.now()
        for purchase, days in zip(purchases, (9, 2, 5), strict=True):
            shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
            shop.deliver()
            due = now + timedelta(days=days, hours=1)
            Dispute.objects.filter(payment=purchase.payment).update(due_by=due)

        seen = overview("Support")

        [tile] = [tile for tile in seen.queues if tile.label == "Disputes to answer"]
        assert (tile.figures, tile.note, tile.is_alarm) == (["3"], "The soonest: 2 days left", True)
        lines = [(line.who, line.left, line.state, line.reason) for line in seen.disputes]
        words = ("To be answered", "Fraud: the cardholder did not pay")
        assert lines == [
            (purchases[1].account.user.email, "2 days left", *words),
            (purchases[2].account.user.email, "5 days left", *words),
            (purchases[0].account.user.email, "9 days left", *words),
        ]
        payment = purchases[1].payment.stripe_payment_intent_id
        assert seen.disputes[0].answer_url == f"{shop.stripe.base_url}/payments/{payment}"

    def test_leave_when_they_are_answered(self, shop):
        purchase = shop.sell()
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()
        Dispute.objects.update(status=Dispute.Status.UNDER_REVIEW)

        seen = overview("Support")

        assert seen.disputes == []
        assert shown("Support")["Disputes to answer"] == ["0"]

    def test_are_nothing_to_whoever_may_not_see_them(self, shop):
        purchase = shop.sell()
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()

        assert overview("Catalog").disputes == []

    def test_take_as_many_queries_for_many_as_for_one(self, shop):
        client = log_in(make_colleague("Support"))
        for _number in range(4):
            purchase = shop.sell()
            shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
            shop.deliver()
        client.get(reverse("admin:index"))
        Dispute.objects.exclude(pk=Dispute.objects.earliest("pk").pk).update(status="won")
        one = queries_of(client, reverse("admin:index"))
        Dispute.objects.update(status="needs_response")

        assert queries_of(client, reverse("admin:index")) == one


class TestColours:
    def test_are_red_for_what_needs_a_person_and_nothing_else(self, shop):
        purchase = shop.sell()
        make_spend(account=purchase.account, credits=80)
        shop.stripe.dispute(purchase.payment.stripe_payment_intent_id)
        shop.deliver()
        Dispute.objects.update(status=Dispute.Status.UNDER_REVIEW)

        seen = overview("Auditor")

        red = {tile.label for tile in [*seen.queues, *seen.tiles] if tile.is_alarm}
        assert red == {"Open shortfalls"}
