"""Billing's lists as files: money in the major unit, with its currency, and whole ids."""

import csv
import html

import pytest
from django.contrib import admin

from billing.models import (
    Dispute,
    FraudWarning,
    Payment,
    Purchase,
    Refund,
    Shortfall,
    TopUp,
    TopUpRule,
    Voucher,
    VoucherRedemption,
)
from billing.topups import rules
from billing.wording import code, say
from credits.admin import exporting
from tests.billing.topups import factories as topups
from tests.credits.factories import make_spend
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db

LISTS = [
    Purchase,
    Payment,
    Refund,
    Dispute,
    FraudWarning,
    Shortfall,
    TopUpRule,
    TopUp,
    Voucher,
    VoucherRedemption,
]


def rows(model, query=None, *, group="Support", headers=None):
    answer = log_in(make_colleague(group)).get(page(model, "export"), query, headers=headers)
    assert answer.status_code == 200
    text = answer.getvalue().decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))


def make_trouble(shop):
    """Sell something, use it, refund a part of it and have the rest disputed."""
    purchase = shop.sell(plan=shop.plan(slug="studio", unit_amount=1050))
    make_spend(account=purchase.account, credits=100)
    shop.refund(purchase, 300)
    shop.deliver()
    shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 400)
    shop.deliver()
    purchase.refresh_from_db()
    return purchase


class TestEveryList:
    @pytest.mark.parametrize("model", LISTS)
    def test_has_a_button_and_is_for_those_who_may_see_it(self, model):
        support = log_in(make_colleague("Support"))

        assert page(model, "export") in support.get(page(model)).text
        assert support.get(page(model, "export")).status_code == 200
        if model is not Voucher and model is not VoucherRedemption:
            catalog = log_in(make_colleague("Catalog"))
            assert catalog.get(page(model, "export")).status_code == 403

    @pytest.mark.parametrize("model", [Purchase, Payment, Refund, Dispute, Shortfall])
    def test_takes_as_many_queries_for_many_rows_as_for_few(self, shop, model):
        client = log_in(make_colleague("Support"))
        make_trouble(shop)
        few = queries_of(client, page(model, "export"))
        shop.sell()
        second = shop.sell()
        shop.refund(second, 100)
        shop.deliver()

        assert queries_of(client, page(model, "export")) == few


class TestWords:
    """Codes stand as they are, and beside them what the pages say, in the reader's language."""

    @pytest.fixture
    def trouble(self, shop, settings):
        """Make one of each thing that says why."""
        settings.BILLING_TOP_UPS = True
        make_trouble(shop)
        failed = shop.refund(shop.sell(), status="succeeded", becomes="failed")
        shop.stripe.settle_refund(failed["id"], "failed")
        shop.deliver()
        rule = topups.queued(shop).rule
        rules.switch_off(rule, reason=TopUpRule.OffReason.REFUSED, note=code("thin_event"))
        Purchase.objects.filter(pk=shop.open().pk).update(problem=code("plan_unavailable"))

    @pytest.mark.usefixtures("trouble")
    @pytest.mark.parametrize("language", ["en", "zh-hans", "de"])
    @pytest.mark.parametrize("model", [Purchase, Refund, Dispute, TopUpRule, TopUp])
    def test_are_those_of_the_page_of_each_row(self, model, language):
        client = log_in(make_colleague("Support"))
        headers = {"Accept-Language": language}

        found = rows(model, headers=headers)

        said = 0
        for row in found:
            text = html.unescape(client.get(page(model, "change", row["id"]), headers=headers).text)
            for name, words in row.items():
                if name.endswith("_in_words") and words:
                    assert words in text, (name, words)
                    assert row[name.removesuffix("_in_words")]
                    said += 1
        assert said

    @pytest.mark.parametrize("model", LISTS)
    def test_stand_beside_each_field_with_choices(self, model):
        listed = admin.site.get_model_admin(model)
        assert isinstance(listed, exporting.ExportsCsv)
        assert listed.csv_columns is not None
        columns = listed.csv_columns()
        names = {field.name for field in model._meta.get_fields() if getattr(field, "choices", ())}  # noqa: SLF001

        headings = next(exporting.lines(model._default_manager.none(), columns))  # noqa: SLF001

        # Of a purchase `state` is what people read.
        for name in names.intersection(headings) - ({"status"} if model is Purchase else set()):
            assert headings[headings.index(name) + 1] == f"{name}_in_words"

    def test_of_a_purchase_are_those_of_its_buyer(self, shop):
        purchase = shop.sell()
        shop.refund(purchase)
        shop.deliver()

        [row] = rows(Purchase, headers={"Accept-Language": "zh-hans"})

        assert row["status"] == "paid"
        assert (row["state"], row["state_in_words"]) == ("refunded", "已退款")

    def test_say_why_a_refund_failed(self, shop):
        purchase = shop.sell()
        refund = shop.refund(purchase, status="succeeded", becomes="failed")
        shop.stripe.settle_refund(refund["id"], "failed")
        shop.deliver()

        [row] = rows(Refund)

        assert row["failure_reason_in_words"] == say(row["failure_reason"]) != ""
        assert row["failure_reason_in_words"] != row["failure_reason"]


class TestPurchases:
    def test_say_what_was_paid_and_what_went_back(self, shop, settings):
        purchase = make_trouble(shop)
        settings.BILLING_CURRENCY = "jpy"
        waiting = shop.open(plan=shop.plan(currency="jpy", unit_amount=1500))

        first, second = rows(Purchase)

        assert first["status"] == waiting.status == "open"
        assert (first["price"], first["currency"]) == ("1500", "jpy")
        assert (first["paid"], first["refunded"], first["disputed"]) == ("", "", "")
        assert second["purchase"] == str(purchase.uuid)
        assert second["number"] == purchase.short_number
        assert second["plan"] == "studio"
        assert [second[name] for name in ("price", "net", "tax", "paid")] == [
            *("10.50", "10.50", "0.00", "10.50")
        ]
        assert (second["refunded"], second["disputed"]) == ("3.00", "4.00")
        assert second["stripe_payment_intent_id"] == purchase.payment.stripe_payment_intent_id
        assert second["address"] == purchase.account.user.email
        assert second["paid_at"] == purchase.paid_at.isoformat(timespec="seconds")

    def test_are_those_that_are_filtered(self, shop):
        shop.sell()
        shop.open()

        assert [row["status"] for row in rows(Purchase, {"status__exact": "paid"})] == ["paid"]


class TestMoney:
    def test_that_went_back_leads_to_its_purchase(self, shop):
        purchase = make_trouble(shop)

        [payment], [refund], [dispute] = rows(Payment), rows(Refund), rows(Dispute)

        assert {row["number"] for row in (payment, refund, dispute)} == {purchase.short_number}
        assert (payment["received"], payment["refunded"]) == ("10.50", "3.00")
        assert (refund["amount"], refund["currency"], refund["status"]) == (
            *("3.00", "usd", "succeeded"),
        )
        assert (dispute["amount"], dispute["withdrawn"]) == ("4.00", "4.00")

    def test_that_is_owed_stands_with_its_lot(self, shop):
        purchase = make_trouble(shop)

        [row] = rows(Shortfall)

        purchase.lot.refresh_from_db()
        assert row["lot"] == str(purchase.lot_id)
        assert row["owed"] == str(purchase.lot.shortfall)
