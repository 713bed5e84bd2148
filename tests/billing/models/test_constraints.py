"""Every rule of billing's tables, broken once."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import (
    CreditPlan,
    Customer,
    Dispute,
    Invoice,
    Payment,
    PlanPrice,
    Purchase,
    Refund,
    StripeEvent,
)
from tests.people import make_user
from tests.shop import promised

pytestmark = pytest.mark.django_db


AMOUNTS = {
    "amount_discount": 0,
    "amount_tax": 0,
    "amount_total": 1000,
}


def refused(name):
    """Expects the database to refuse what is inside, by this constraint."""
    return pytest.raises(IntegrityError, match=name)


def make_payment(**fields):
    return Payment.objects.create(
        **{"stripe_payment_intent_id": "pi_1", "livemode": False, **fields}
    )


def make_refund(**fields):
    payment = fields.pop("payment", None) or make_payment()
    return Refund.objects.create(
        **{
            "payment": payment,
            "stripe_refund_id": "re_1",
            "unit_amount": 1,
            "currency": "usd",
            "status": "succeeded",
            **fields,
        }
    )


def make_event(**fields):
    return StripeEvent.objects.create(
        **{
            "livemode": False,
            "stripe_event_id": "evt_1",
            "type": "charge.succeeded",
            "payload": {},
            **fields,
        }
    )


class TestCreditPlan:
    @pytest.mark.parametrize(
        ("values", "rule"),
        [
            ({"credits": 0}, "plan_credits_positive"),
            ({"bonus_credits": -1}, "plan_bonus_credits_not_negative"),
            ({"valid_for_days": 0}, "plan_valid_for_days_possible"),
            ({"valid_for_days": 36_501}, "plan_valid_for_days_possible"),
            ({"tax_code": "services"}, "plan_tax_code_form"),
        ],
    )
    def test_holds_its_rules(self, values, rule):
        plan = CreditPlan.objects.create(slug="starter", name="Starter", credits=10)

        with refused(rule):
            CreditPlan.objects.filter(pk=plan.pk).update(**values)

    def test_counts_its_bonus(self):
        assert CreditPlan(credits=10, bonus_credits=2).total_credits == 12


class TestCustomer:
    def make(self, **fields):
        return Customer.objects.create(
            **{"livemode": False, "stripe_customer_id": "cus_1", "email": "a@example.com", **fields}
        )

    def test_is_one_row(self):
        self.make(user=make_user())

        with refused("customer_once"):
            self.make(user=make_user())

    def test_is_one_a_user_and_mode_until_stripe_has_lost_it(self):
        user = make_user()
        self.make(user=user, found_missing_at=timezone.now())
        self.make(user=user, stripe_customer_id="cus_2")
        self.make(user=user, stripe_customer_id="cus_3", livemode=True)

        with refused("customer_one_current_per_user_and_mode"):
            self.make(user=user, stripe_customer_id="cus_4")

    def test_keeps_no_address_of_who_was_erased(self):
        with refused("customer_erased_without_address"):
            self.make(user=None)


class TestPlanPrice:
    @pytest.fixture
    def price(self, shop):
        shop.plan()
        return PlanPrice.objects.get()

    def another(self, price, **fields):
        return PlanPrice.objects.create(
            **{
                "plan": price.plan,
                "currency": "usd",
                "unit_amount": 500,
                "is_active": False,
                **fields,
            }
        )

    def test_unit_amount_positive(self, price):
        with refused("planprice_unit_amount_positive"):
            self.another(price, unit_amount=0)

    @pytest.mark.parametrize("currency", ["USD", "us", "€", ""])
    def test_currency_iso(self, price, currency):
        with refused("planprice_currency_iso"):
            self.another(price, currency=currency)

    def test_tax_behavior_known(self, price):
        with refused("planprice_tax_behavior_known"):
            self.another(price, tax_behavior="guessed")

    def test_published_with_stripe_price(self, price):
        with refused("planprice_published_with_stripe_price"):
            self.another(price, stripe_price_id="price_2")

    def test_one_by_amount_is_published_without_a_price(self, shop):
        plan = shop.plan_by_amount()
        price = plan.prices.get()
        with refused("planprice_published_with_stripe_price"):
            self.another(
                price,
                stripe_price_id="price_2",
                stripe_product_id="prod_1",
                published_at=timezone.now(),
                amount_minimum=1,
                amount_maximum=1,
                amount_step=1,
            )

    @pytest.mark.parametrize(
        "amounts",
        [
            (0, 10, 1),
            (10, 9, 1),
            (1, 10, 0),
            (1, 10, None),
            (1, None, 1),
            (None, 10, 1),
        ],
        ids=str,
    )
    def test_amounts_in_order_or_none(self, price, amounts):
        names = ("amount_minimum", "amount_maximum", "amount_step")
        with refused("planprice_amounts_in_order_or_none"):
            self.another(price, **dict(zip(names, amounts, strict=True)))

    def test_stripe_price_once(self, price):
        with refused("planprice_stripe_price_once"):
            self.another(
                price,
                stripe_price_id=price.stripe_price_id,
                stripe_product_id="prod_1",
                published_at=timezone.now(),
            )

    def test_one_active_per_plan_currency_mode(self, price):
        with refused("planprice_one_active_per_plan_currency_mode"):
            self.another(price, is_active=True)

    @pytest.mark.parametrize(
        "change",
        [
            {"unit_amount": 1},
            {"tax_behavior": "inclusive"},
            {"currency": "eur"},
            {"livemode": True},
            {"stripe_price_id": "price_other"},
            {"stripe_product_id": "prod_other"},
            {"uuid": UUID(int=1)},
            {"amount_minimum": 1, "amount_maximum": 1, "amount_step": 1},
        ],
        ids=str,
    )
    def test_published_is_frozen(self, price, change):
        with refused("planprice_published_is_frozen"):
            PlanPrice.objects.filter(pk=price.pk).update(**change)

    def test_published_may_go_off_sale(self, price):
        PlanPrice.objects.filter(pk=price.pk).update(is_active=False)


class TestPurchase:
    def change(self, purchase, **fields):
        Purchase.objects.filter(pk=purchase.pk).update(**fields)

    def copy(self, purchase, **fields):
        return Purchase.objects.create(**promised(purchase, problem="a copy") | fields)

    def test_status_known(self, shop):
        with refused("purchase_status_known"):
            self.change(shop.open(), status="lost")

    def test_credits_positive(self, shop):
        purchase = shop.open(plan=shop.plan_by_amount(), amount=500)
        with refused("purchase_credits_positive"):
            self.copy(purchase, offered_credits=1, offered_amount=10_000, credits=0)

    def test_unit_amount_positive(self, shop):
        with refused("purchase_amount_within_limits"):
            self.copy(shop.open(), unit_amount=0)

    def test_quantity_positive(self, shop):
        with refused("purchase_credits_positive"):
            self.copy(shop.open(), quantity=0, credits=0)

    def test_quantity_within_limit(self, shop):
        purchase = shop.open(plan=shop.plan(quantity_maximum=3), quantity=3)
        with refused("purchase_quantity_within_limit"):
            self.copy(purchase, quantity=4, credits=400)

    @pytest.mark.parametrize(
        "other",
        [
            {"unit_amount": 450, "credits": 45},  # less than may be chosen
            {"unit_amount": 50_050, "credits": 5005},  # more
            {"unit_amount": 3775, "credits": 377},  # between two steps
            {"quantity": 2, "quantity_maximum": 2, "credits": 750},  # one amount, once
            {"amount_step": None},
            {"amount_step": 0},
            {"amount_maximum": None},
            {"amount_minimum": None},
            {"amount_minimum": None, "amount_maximum": None, "amount_step": None},
        ],
        ids=str,
    )
    def test_amount_within_limits(self, shop, other):
        purchase = shop.open(plan=shop.plan_by_amount(), amount=3750)
        with refused("purchase_amount_within_limits"):
            self.copy(purchase, **other)

    def test_a_price_that_is_fixed_is_what_was_offered(self, shop):
        with refused("purchase_amount_within_limits"):
            self.copy(shop.open(), unit_amount=999, credits=99)

    @pytest.mark.parametrize("other", [{"credits": 301}, {"credits": 299}], ids=str)
    def test_credits_as_offered(self, shop, other):
        purchase = shop.open(plan=shop.plan(quantity_maximum=3), quantity=3)
        with refused("purchase_credits_as_offered"):
            self.copy(purchase, **other)

    @pytest.mark.parametrize("name", ["offered_credits", "offered_amount"])
    def test_an_offer_is_of_something_for_something(self, shop, name):
        purchase = shop.open(plan=shop.plan_by_amount(), amount=3750)
        with refused("purchase_credits_as_offered|purchase_bonus_within_offer"):
            self.copy(purchase, **{name: 0})

    def test_credits_are_counted_beyond_64_bits(self, shop):
        purchase = shop.open(plan=shop.plan(credits=10**15, unit_amount=99_999_999))
        assert self.copy(purchase).credits == 10**15

    def test_one_at_checkout_a_plan(self, shop):
        with refused("purchase_one_at_checkout_a_plan"):
            self.copy(shop.open(), problem="")

    def test_paid_with_its_lot(self, shop):
        with refused("purchase_paid_with_its_lot"):
            self.change(shop.open(), status="paid", paid_at=timezone.now(), **AMOUNTS)

    @pytest.mark.parametrize("amount", AMOUNTS)
    def test_paid_with_its_amounts(self, shop, amount):
        sold = shop.sell()
        with refused("purchase_paid_with_its_amounts"):
            self.copy(
                sold,
                lot=sold.lot,
                status="paid",
                paid_at=timezone.now(),
                stripe_session_id="cs_2",
                **{**AMOUNTS, amount: None},
            )

    @pytest.mark.parametrize("amount", AMOUNTS)
    def test_amounts_only_when_paid(self, shop, amount):
        with refused("purchase_paid_with_its_amounts"):
            self.change(shop.open(), **{amount: 1})

    @pytest.mark.parametrize("amount", AMOUNTS)
    def test_amounts_not_negative(self, shop, amount):
        with refused("purchase_amounts_not_negative"):
            self.copy(shop.open(), **{**AMOUNTS, "amount_tax": 0, amount: -1})

    def test_tax_within_total(self, shop):
        sold = shop.sell()
        with refused("purchase_tax_within_total"):
            self.copy(
                sold,
                lot=sold.lot,
                status="paid",
                paid_at=timezone.now(),
                stripe_session_id="cs_2",
                **{**AMOUNTS, "amount_tax": 1001},
            )

    @pytest.mark.parametrize("amount", AMOUNTS)
    def test_what_was_paid_is_for_good(self, shop, amount):
        with refused("purchase_snapshot_is_frozen"):
            self.change(shop.sell(), **{amount: 1})

    def test_tax_behavior_known(self, shop):
        with refused("purchase_tax_behavior_known"):
            self.copy(shop.open(), tax_behavior="guessed")

    def test_a_lot_only_when_paid(self, shop):
        sold, opened = shop.sell(), shop.open()
        with refused("purchase_paid_with_its_lot"):
            self.change(opened, lot=sold.lot)

    def test_open_with_its_session(self, shop):
        with refused("purchase_open_with_its_session"):
            self.copy(shop.open(), status="open")

    def test_session_once(self, shop):
        purchase = shop.open()
        with refused("purchase_session_once"):
            self.copy(purchase, stripe_session_id=purchase.stripe_session_id)

    def test_form_once(self, shop):
        purchase = shop.open()
        with refused("purchase_form_once"):
            self.copy(purchase, form_token=purchase.form_token)

    def test_a_lot_pays_for_one_purchase(self, shop):
        sold = shop.sell()
        with refused("lot_id"):
            self.copy(
                sold,
                lot=sold.lot,
                status="paid",
                paid_at=timezone.now(),
                stripe_session_id="cs_2",
                **AMOUNTS,
            )

    def test_a_payment_pays_for_one_purchase(self, shop):
        sold, opened = shop.sell(), shop.open()
        with refused("payment_id"):
            self.change(opened, payment=sold.payment)

    @pytest.mark.parametrize("field", Purchase.SNAPSHOT)
    def test_snapshot_is_frozen(self, shop, field):
        purchase = shop.open(plan=shop.plan(valid_for_days=30))
        elsewhere = shop.open(plan=shop.plan(unit_amount=500, credits=7))
        others = {
            "uuid": uuid4(),
            "form_token": uuid4(),
            "valid_for_days": None,
            "currency": "eur",
            "livemode": True,
            "allow_promotion_codes": True,
            "quantity": 2,
            "offered_bonus": 1,
            "quantity_maximum": 2,
            "amount_minimum": 1,
            "amount_maximum": 1,
            "amount_step": 1,
            "tax_behavior": "inclusive",
            "automatic_tax": True,
            "managed_payments": True,
            "is_topup": True,
        }

        with refused("purchase_snapshot_is_frozen"):
            self.change(purchase, **{field: others.get(field, getattr(elsewhere, field))})

    def test_its_session_is_frozen(self, shop):
        with refused("purchase_snapshot_is_frozen"):
            self.change(shop.open(), stripe_session_id="cs_other")

    @pytest.mark.parametrize("status", ["open", "processing", "expired", "failed"])
    def test_paid_is_for_good(self, shop, status):
        purchase = shop.sell()
        with refused("purchase_snapshot_is_frozen"):
            self.change(purchase, status=status, lot=None, paid_at=None)


class TestInvoice:
    def test_once(self, shop):
        Invoice.objects.create(purchase=shop.open(), stripe_invoice_id="in_1")
        with refused("invoice_once"):
            Invoice.objects.create(purchase=shop.open(), stripe_invoice_id="in_1")

    def test_status_known(self, shop):
        with refused("invoice_status_known"):
            Invoice.objects.create(purchase=shop.open(), stripe_invoice_id="in_1", status="lost")

    def test_one_a_purchase(self, shop):
        purchase = shop.open()
        Invoice.objects.create(purchase=purchase, stripe_invoice_id="in_1")
        with refused("purchase_id"):
            Invoice.objects.create(purchase=purchase, stripe_invoice_id="in_2")


class TestPayment:
    def test_intent_once(self):
        make_payment()
        with refused("payment_intent_once"):
            make_payment()

    def test_charge_once(self):
        make_payment(stripe_charge_id="ch_1")
        with refused("payment_charge_once"):
            make_payment(stripe_payment_intent_id="pi_2", stripe_charge_id="ch_1")

    @pytest.mark.parametrize("field", ["amount_received", "max_amount_refunded"])
    def test_amounts_not_negative(self, field):
        with refused("payment_amounts_not_negative"):
            make_payment(**{field: -1})


class TestRefund:
    def test_stripe_refund_once(self):
        first = make_refund()
        with refused("refund_stripe_refund_once"):
            make_refund(payment=first.payment)

    def test_unit_amount_positive(self):
        with refused("refund_unit_amount_positive"):
            make_refund(unit_amount=0)

    def test_status_known(self):
        with refused("refund_status_known"):
            make_refund(status="lost")

    @pytest.mark.parametrize("status", ["pending", "succeeded", "canceled"])
    def test_beyond_requested_has_stripe_id(self, status):
        with refused("refund_beyond_requested_has_stripe_id"):
            make_refund(status=status, stripe_refund_id=None)


class TestDispute:
    def make(self, **fields):
        return Dispute.objects.create(
            **{
                "payment": fields.pop("payment", None) or make_payment(),
                "stripe_dispute_id": "du_1",
                "unit_amount": 1,
                "currency": "usd",
                "status": "won",
                "as_of": timezone.now(),
                **fields,
            }
        )

    def test_once(self):
        first = self.make()
        with refused("dispute_once"):
            self.make(payment=first.payment)

    @pytest.mark.parametrize("field", ["unit_amount", "withdrawn"])
    def test_amounts_not_negative(self, field):
        with refused("dispute_amounts_not_negative"):
            self.make(**{field: -1})


class TestStripeEvent:
    def test_once_per_mode(self):
        make_event()
        make_event(livemode=True, created_at=datetime(2026, 1, 1, tzinfo=UTC))
        with refused("stripeevent_once_per_mode"), transaction.atomic():
            make_event()

    def test_state_known(self):
        with refused("stripeevent_state_known"):
            make_event(state="lost")
