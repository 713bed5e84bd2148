"""Coupons and promotion codes: what is due falls, what was ordered stays."""

import pytest
import stripe

from stripe_sandbox.client import Refused
from tests.stripe_sandbox.browsing import visit
from tests.stripe_sandbox.buying import make_client, make_payment, make_price, make_session


def make_code(client, *, code="LESS", **coupon):
    made = client.v1.coupons.create(coupon or {"percent_off": 25})
    return client.v1.promotion_codes.create(
        {"promotion": {"coupon": made.id, "type": "coupon"}, "code": code}
    )


class TestPromotionCode:
    def test_lowers_what_is_due_and_not_what_was_ordered(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        code = make_code(client)
        session = make_session(client, allow_promotion_codes=True)

        stripe_sandbox.pay(session.id, promotion_code="less")

        paid = client.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["line_items", "total_details.breakdown", "payment_intent"]}
        )
        assert (paid.amount_subtotal, paid.amount_total) == (1000, 750)
        assert paid.total_details.amount_discount == 250
        assert paid.total_details.breakdown.discounts[0].amount == 250
        assert paid.line_items.data[0].amount_total == 750
        assert paid.payment_intent.amount_received == 750
        assert paid.discounts[0].promotion_code == code.id

    def test_of_everything_leaves_nothing_to_pay(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        make_code(client, percent_off=100)
        session = make_session(client, allow_promotion_codes=True)

        stripe_sandbox.pay(session.id, promotion_code="LESS")

        free = client.v1.checkout.sessions.retrieve(session.id)
        assert (free.payment_status, free.payment_intent) == ("no_payment_required", None)
        assert (free.amount_subtotal, free.amount_total) == (1000, 0)

    def test_counts_its_uses_and_is_used_up(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        code = make_code(client, amount_off=300, currency="usd", max_redemptions=1)
        first, second = (make_session(client, allow_promotion_codes=True) for _ in range(2))
        stripe_sandbox.pay(first.id, promotion_code="LESS")

        with pytest.raises(Refused, match="was used up"):
            stripe_sandbox.pay(second.id, promotion_code="LESS")

        assert client.v1.promotion_codes.retrieve(code.id).times_redeemed == 1

    @pytest.mark.parametrize(
        ("coupon", "session", "typed", "problem"),
        [
            ({"percent_off": 10}, {"allow_promotion_codes": True}, "MORE", "MORE is invalid"),
            ({"percent_off": 10}, {}, "LESS", "takes no promotion codes"),
            (
                {"amount_off": 10, "currency": "eur"},
                {"allow_promotion_codes": True},
                "LESS",
                "is in eur",
            ),
            ({"percent_off": 96}, {"allow_promotion_codes": True}, "LESS", "at least"),
            (
                {"percent_off": 10, "redeem_by": 1},
                {"allow_promotion_codes": True},
                "LESS",
                "expired",
            ),
        ],
    )
    def test_that_is_not_good_is_refused(self, stripe_sandbox, coupon, session, typed, problem):
        client = make_client(stripe_sandbox)
        make_code(client, **coupon)
        opened = make_session(client, **session)

        with pytest.raises(Refused, match=problem):
            stripe_sandbox.do("enter_code", session=opened.id, code=typed)

        assert client.v1.checkout.sessions.retrieve(opened.id).amount_total == 1000

    def test_is_entered_on_the_payment_page(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        make_code(client)
        path = f"/c/pay/{make_session(client, allow_promotion_codes=True).id}"

        wrong = visit(stripe_sandbox, f"{path}/code", form={"code": "MORE"})
        right = visit(stripe_sandbox, f"{path}/code", form={"code": "LESS"})

        page = visit(stripe_sandbox, right.location)
        assert (wrong.status, right.status) == (400, 303)
        assert "MORE is invalid" in wrong.text
        assert "-$2.50" in page.text
        assert "Pay $7.50" in page.text

    def test_after_a_declined_card_changes_what_is_charged(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        make_code(client)
        session = make_session(client, allow_promotion_codes=True)
        with pytest.raises(Refused):
            stripe_sandbox.pay(session.id, "decline")

        stripe_sandbox.pay(session.id, promotion_code="LESS")

        charge = stripe_sandbox.events("charge.succeeded")[0]["data"]["object"]
        assert charge["amount"] == 750

    def test_is_found_by_its_code_and_archived(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        code = make_code(client)

        found = client.v1.promotion_codes.list({"code": "LESS", "coupon": code.promotion.coupon})
        archived = client.v1.promotion_codes.update(code.id, {"active": False})

        assert [one.id for one in found.data] == [code.id]
        assert not archived.active

    def test_is_one_while_it_is_active(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        make_code(client)

        with pytest.raises(stripe.InvalidRequestError, match="already exists"):
            make_code(client)


class TestCoupon:
    def test_may_be_taken_off_by_the_shop(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        coupon = client.v1.coupons.create({"amount_off": 400, "currency": "usd", "id": "friends"})
        prices = [make_price(client, unit_amount=300), make_price(client, unit_amount=700)]
        items = [{"price": price.id, "quantity": 1} for price in prices]

        session = make_payment(
            stripe_sandbox, client, line_items=items, discounts=[{"coupon": coupon.id}]
        )

        lines = client.v1.checkout.sessions.line_items.list(session.id).data
        assert (session.amount_total, session.discounts[0].coupon) == (600, "friends")
        assert [(line.amount_discount, line.amount_total) for line in lines] == [
            (300, 0),
            (100, 600),
        ]

    @pytest.mark.parametrize(
        "params",
        [
            {},
            {"percent_off": 10, "amount_off": 10, "currency": "usd"},
            {"amount_off": 10},
            {"percent_off": 101},
            {"percent_off": 0},
        ],
    )
    def test_is_a_share_or_an_amount(self, stripe_sandbox, params):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError):
            client.v1.coupons.create(params)

    def test_is_renamed_and_deleted(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        coupon = client.v1.coupons.create({"percent_off": 12.5})

        renamed = client.v1.coupons.update(coupon.id, {"name": "Friends"})

        assert (renamed.name, renamed.percent_off) == ("Friends", 12.5)
        assert client.v1.coupons.delete(coupon.id).deleted
        assert client.v1.coupons.list().data == []
