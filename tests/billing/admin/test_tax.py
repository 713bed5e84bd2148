"""What staff see and set of tax and invoices."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from billing.models import CreditPlan, Invoice, PlanPrice, Purchase
from tests.billing.admin.test_pricing import Counter
from tests.billing.admin.test_refunding import Colleague
from tests.staff import log_in, make_colleague, page
from tests.stripe_sandbox.buying import make_client

IN_GERMANY = {"country": "DE"}


@pytest.fixture
def purchase(taxed):
    plan = taxed.plan(currency="eur", tax_behavior="exclusive")
    return taxed.sell(plan=plan, buyer=IN_GERMANY)


@pytest.mark.django_db(transaction=True)
class TestPlan:
    def test_has_a_tax_code_and_its_price_a_behavior(self, shop):
        Counter().add(price="9.99", tax_code="txcd_10103001", tax_behavior="inclusive")

        price = PlanPrice.objects.get()
        client = make_client(shop.stripe)
        assert client.v1.prices.retrieve(price.stripe_price_id).tax_behavior == "inclusive"
        assert client.v1.products.retrieve(price.stripe_product_id).tax_code == "txcd_10103001"

    def test_keeps_the_behavior_of_its_last_price(self, shop):
        plan = shop.plan(tax_behavior="exclusive")

        Counter().change(plan, price="12")

        assert set(plan.prices.values_list("tax_behavior", flat=True)) == {"exclusive"}

    def test_sends_a_new_tax_code_to_stripe(self, shop):
        plan = shop.plan()

        Counter().change(plan, tax_code="txcd_10103001")

        product = make_client(shop.stripe).v1.products.retrieve(plan.prices.get().stripe_product_id)
        assert product.tax_code == "txcd_10103001"

    def test_takes_no_tax_code_that_is_none(self, shop):
        answer, _said = Counter().change(shop.plan(), tax_code="services")

        assert "A tax code is txcd_ and eight digits." in answer.text
        assert CreditPlan.objects.get().tax_code == ""


@pytest.mark.django_db
class TestPurchase:
    def test_shows_what_was_promised_and_paid(self, purchase):
        text = log_in(make_colleague("Support")).get(page(Purchase, "change", purchase.pk)).text

        assert "Tax comes on top" in text
        for amount in ("€10.00", "€1.90", "€11.90"):
            assert amount in text
        assert purchase.invoice.number in text

    def test_leads_to_its_invoice(self, purchase):
        client = log_in(make_colleague("Support"))
        url = reverse("admin:billing_invoice", args=[purchase.pk])

        assert client.get(url).url == purchase.invoice.hosted_invoice_url
        assert client.get(f"{url}?pdf").url == purchase.invoice.invoice_pdf

    def test_says_where_stripe_has_not_told_of_it(self, purchase, taxed):
        Invoice.objects.update(hosted_invoice_url="", invoice_pdf="", addressed_at=None)
        taxed.stripe.switch(api_down=True)
        url = reverse("admin:billing_invoice", args=[purchase.pk])

        text = log_in(make_colleague("Support")).get(url, follow=True).text

        assert "Stripe has not told where this invoice is." in text

    def test_leads_nobody_who_may_not_see_it(self, purchase):
        url = reverse("admin:billing_invoice", args=[purchase.pk])

        assert log_in(make_colleague("Catalog")).get(url).status_code == 403

    def test_is_found_by_its_invoice(self, purchase):
        client = log_in(make_colleague("Support"))

        answer = client.get(page(Purchase), {"q": purchase.invoice.stripe_invoice_id})

        assert list(answer.context["cl"].result_list) == [purchase]


@pytest.mark.django_db
class TestRefund:
    def test_says_how_much_of_it_is_tax(self, purchase):
        colleague = Colleague(purchase)
        assert "€1.90" in colleague.look().text

        assert "€0.95 of it is tax." in " ".join(colleague.ask("5.95").text.split())

    def test_says_nothing_of_tax_where_there_was_none(self, shop):
        assert "is tax" not in Colleague(shop.sell()).ask("5").text


@pytest.mark.django_db
class TestFigures:
    def test_part_revenue_into_net_and_tax(self, purchase):
        cache.clear()
        answer = log_in(make_colleague("Auditor")).get(reverse("admin:index"))

        tiles = {str(tile.label): tile for tile in answer.context["overview"].tiles}
        assert list(tiles["Revenue"].figures) == ["€11.90"]
        assert list(tiles["Tax in it"].figures) == ["€1.90"]
        assert tiles["Tax in it"].note == "In the revenue"

    def test_say_nothing_of_tax_where_there_was_none(self, shop):
        shop.sell()
        cache.clear()

        answer = log_in(make_colleague("Auditor")).get(reverse("admin:index"))

        assert "Tax in it" not in {str(tile.label) for tile in answer.context["overview"].tiles}
