"""The pages' HTML is the sandbox's own: escaped, strict, shortened where it must fit."""

import pytest
from jinja2 import UndefinedError

from stripe_sandbox.pages import html

RECEIPT = {
    "charge": {"amount_refunded": 0, "payment_intent": "pi_1"},
    "amount": "$10.00",
    "refunded": "$0.00",
}


class TestRender:
    def test_escapes_what_it_is_given(self):
        page = html.render("receipt.html", {**RECEIPT, "amount": "<script>&\"'"})

        assert "&lt;script&gt;&amp;&#34;&#39;" in page
        assert "<script" not in page

    def test_refuses_a_context_that_lacks_something(self):
        with pytest.raises(UndefinedError, match="'amount' is undefined"):
            html.render("receipt.html", {"charge": RECEIPT["charge"]})

    def test_escapes_what_a_button_sends(self):
        event = {"id": '"><b>', "type": "x", "at": "now", "deliveries": [], "payload": "{}"}

        page = html.render("event.html", {**event, "back": "/", "problem": "", "misbehaves": False})

        assert '<input type="hidden" name="event" value="&#34;&gt;&lt;b&gt;">' in page


class TestShortened:
    @pytest.mark.parametrize(
        ("text", "short"), [("abcd", "abcd"), ("abcde", "abc…"), ("", "")], ids=str
    )
    def test_keeps_as_many_characters_as_fit(self, text, short):
        assert html.shortened(text, 4) == short
