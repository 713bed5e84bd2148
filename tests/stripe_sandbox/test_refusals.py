"""What Stripe refuses the sandbox refuses, as the table in `docs/stripe-refusals.md` says."""

import json
import re

import pytest
import stripe
from django.conf import settings

from tests.stripe_sandbox.browsing import visit
from tests.stripe_sandbox.buying import make_client
from tests.stripe_sandbox.refusals import REFUSALS, TAKEN


def lines_of_the_table() -> dict[str, tuple[str, ...]]:
    text = (settings.BASE_DIR / "docs" / "stripe-refusals.md").read_text()
    rows = [
        [cell.strip().replace("`", "") for cell in line.strip("|\n ").split("|")]
        for line in text.splitlines()
        if re.match(r"\| (?!refused |---)", line)
    ]
    return {row[0]: tuple(row[1:]) for row in rows}


class TestRefusals:
    @pytest.mark.parametrize("name", REFUSALS)
    def test_are_stripes(self, stripe_sandbox, name):
        expected = REFUSALS[name]

        with pytest.raises(stripe.StripeError) as refusal:
            expected.call(make_client(stripe_sandbox), stripe_sandbox)

        error = json.loads(refusal.value.http_body or "")["error"]
        assert refusal.value.http_status == expected.status
        assert error["type"] == expected.type
        assert (error.get("code"), error.get("param")) == (expected.code, expected.param)

    @pytest.mark.parametrize("name", TAKEN)
    def test_leave_alone_what_is_within_the_limit(self, stripe_sandbox, name):
        assert TAKEN[name](make_client(stripe_sandbox)).id

    def test_stand_in_the_table_with_what_stripe_answers(self):
        table = {name: cells[:4] for name, cells in lines_of_the_table().items()}

        assert table == {
            name: (str(int(known.status)), known.type, known.code or "", known.param or "")
            for name, known in REFUSALS.items()
        }

    def test_each_name_a_page_of_stripes(self):
        pages = {cells[4] for cells in lines_of_the_table().values()}

        assert all(re.search(r"\]\(https://docs\.stripe\.com/\S+\)$", page) for page in pages)


class TestCurrencies:
    @pytest.mark.parametrize(
        ("currency", "amount", "shown"),
        [
            ("usd", 999, "$9.99"),
            ("jpy", 800, "¥800"),
            ("kwd", 5120, "5.120 KWD"),
            ("ugx", 50000, "500.00 UGX"),
            ("chf", 123456, "1,234.56 CHF"),
        ],
    )
    def test_are_shown_with_their_decimals(self, stripe_sandbox, currency, amount, shown):
        client = make_client(stripe_sandbox)
        client.v1.payment_intents.create(
            {"amount": amount, "currency": currency, "payment_method": "pm_card_visa"}
        )

        assert shown in visit(stripe_sandbox, "/").text
