"""What a buyer reads of tax, discounts and invoices."""

import csv
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice
from billing.views.purchases_csv import HEADINGS
from tests.people import make_user
from tests.stripe_sandbox.buying import make_client
from tests.stripe_sandbox.test_discounting import make_code

pytestmark = pytest.mark.django_db

IN_GERMANY = {"country": "DE"}


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def facts(text):
    """Read the page's list of facts: each name with what stands beside it."""
    names, values = (
        [" ".join(found.split()) for found in re.findall(rf"<{tag}[^>]*>([^<]*)<", text)]
        for tag in ("dt", "dd")
    )
    return dict(zip(names, values, strict=True))


class TestPurchase:
    @pytest.mark.parametrize(
        ("behavior", "expected"),
        [
            (
                "exclusive",
                {"Price": "€10.00", "Net": "€10.00", "Tax": "€1.90", "Amount paid": "€11.90"},
            ),
            (
                "inclusive",
                {
                    "Price": "€10.00",
                    "Net": "€8.40",
                    "Tax, included in the price": "€1.60",
                    "Amount paid": "€10.00",
                },
            ),
        ],
    )
    def test_says_net_tax_and_gross(self, client, user, taxed, behavior, expected):
        plan = taxed.plan(currency="eur", tax_behavior=behavior)
        purchase = taxed.sell(user=user, plan=plan, buyer=IN_GERMANY)

        text = client.get(reverse("billing:purchase", args=[purchase.uuid])).text

        assert expected.items() <= facts(text).items()
        assert f"Invoice {purchase.invoice.number}" in text
        assert "Stripe's receipt" in text or "Stripe&#x27;s receipt" in text

    def test_says_the_discount(self, client, user, shop):
        make_code(make_client(shop.stripe), percent_off=25)
        plan = shop.plan(allow_promotion_codes=True)
        purchase = shop.sell(user=user, plan=plan, buyer={"promotion_code": "LESS"})

        text = client.get(reverse("billing:purchase", args=[purchase.uuid])).text

        assert {"Discount": "\N{MINUS SIGN}$2.50", "Amount paid": "$7.50"}.items() <= facts(
            text
        ).items()
        assert "Net" not in facts(text)

    def test_says_none_of_it_where_there_is_none(self, client, user, shop):
        purchase = shop.sell(user=user)

        text = client.get(reverse("billing:purchase", args=[purchase.uuid])).text

        assert not {"Net", "Tax", "Discount", "Amount paid"} & facts(text).keys()
        assert "Invoice" not in text


class TestInvoice:
    @pytest.fixture
    def purchase(self, user, taxed):
        plan = taxed.plan(currency="eur", tax_behavior="exclusive")
        return taxed.sell(user=user, plan=plan, buyer=IN_GERMANY)

    def follow(self, client, purchase, query=""):
        return client.get(reverse("billing:invoice", args=[purchase.uuid]) + query)

    def test_leads_to_its_page_and_its_pdf(self, client, purchase):
        invoice = purchase.invoice

        assert self.follow(client, purchase).url == invoice.hosted_invoice_url
        assert self.follow(client, purchase, "?pdf").url == invoice.invoice_pdf

    def test_leads_by_an_address_that_is_good_now(self, client, purchase):
        Invoice.objects.update(hosted_invoice_url="https://gone", addressed_at=None)

        assert self.follow(client, purchase).url == purchase.invoice.hosted_invoice_url

    def test_of_somebody_else_is_not_found(self, client, purchase):
        client.force_login(make_user())

        assert self.follow(client, purchase).status_code == 404

    def test_that_was_voided_is_not_found_nor_named(self, client, purchase, taxed):
        make_client(taxed.stripe).v1.invoices.void_invoice(purchase.invoice.stripe_invoice_id)
        taxed.deliver()

        assert self.follow(client, purchase).status_code == 404
        page = client.get(reverse("billing:purchase", args=[purchase.uuid])).text
        assert purchase.invoice.number not in page

    def test_stands_in_the_list(self, client, purchase):
        text = client.get(reverse("billing:purchases")).text

        assert reverse("billing:invoice", args=[purchase.uuid]) in text
        assert "€1.90 of it tax" in " ".join(text.split())


class TestStatement:
    def test_parts_what_was_paid_into_net_and_tax(self, client, user, taxed):
        for behavior in ("exclusive", "inclusive"):
            plan = taxed.plan(currency="eur", tax_behavior=behavior)
            sold = taxed.sell(user=user, plan=plan, buyer=IN_GERMANY)
        taxed.refund(sold, 500)
        taxed.deliver()

        month = timezone.now().date().replace(day=1)
        made = client.get(reverse("billing:statement", args=[month])).context["statement"]

        assert (made.paid, made.refunded) == ([("eur", 2190)], [("eur", 500)])
        assert made.taxes == [("eur", 1690 - (190 + 160 - 80), 190 + 160 - 80)]

    def test_says_no_tax_where_none_was_paid(self, client, user, shop):
        shop.sell(user=user)

        month = timezone.now().date().replace(day=1)
        response = client.get(reverse("billing:statement", args=[month]))

        assert response.context["statement"].taxes == []
        assert "Tax, less refunds" not in response.text


class TestFile:
    def test_has_net_tax_and_gross_of_each_purchase(
        self, client, user, taxed, django_assert_max_num_queries
    ):
        plan = taxed.plan(currency="eur", tax_behavior="exclusive", name="=Studio")
        sold = taxed.sell(user=user, plan=plan, buyer=IN_GERMANY)
        taxed.refund(sold, 500)
        taxed.deliver()
        taxed.open(user=user, plan=plan)
        client.get(reverse("billing:purchases"))

        with django_assert_max_num_queries(7):
            answer = client.get(reverse("billing:purchases_csv")).getvalue().decode()

        headings, waiting, paid = csv.reader(answer.removeprefix("\ufeff").splitlines())
        assert headings == [str(heading) for heading in HEADINGS]
        assert waiting[4:-3] == ["open", "EUR", "10.00", "", "", "", "", "", ""]
        assert waiting[-2:] == ["waiting", "Waiting for payment"]
        assert paid[0] == str(sold.uuid)
        assert "Studio" in paid[2]
        assert not paid[2].startswith("=")
        assert paid[3:] == [
            *("100", "paid", "EUR", "10.00", "0.00", "10.00", "1.90", "11.90", "5.00"),
            sold.invoice.number,
            sold.short_number,
            *("partly_refunded", "Partly refunded"),
        ]

    def test_has_nothing_of_anybody_else(self, client, user, shop):
        shop.sell()

        answer = client.get(reverse("billing:purchases_csv")).getvalue().decode()

        assert len(answer.splitlines()) == 1


class TestOffers:
    @pytest.mark.parametrize(
        ("behavior", "words"), [("exclusive", "plus tax"), ("inclusive", "tax included")]
    )
    def test_say_whether_tax_comes_on_top(self, client, taxed, behavior, words):
        taxed.plan(currency="eur", tax_behavior=behavior)

        assert words in client.get(reverse("billing:plans")).text

    def test_say_nothing_of_tax_where_none_is_calculated(self, client, shop):
        shop.plan(tax_behavior="exclusive")

        assert "tax" not in client.get(reverse("billing:plans")).text
