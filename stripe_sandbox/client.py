"""
Speaks to a running sandbox's `/_sandbox/…`: for tests, scenarios and the curious.

Needs nothing beyond the standard library.
"""

import contextlib
import http
import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

Object = dict[str, Any]


class Refused(Exception):
    """The sandbox would not do it; `error` is what Stripe would say."""

    def __init__(self, status: int, error: Object) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = error


class Sandbox:
    """One sandbox, by its address."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    # --- what a person does ------------------------------------------------------------------

    def pay(
        self, session: str, outcome: str = "pay", *, promotion_code: str = "", **buyer: str
    ) -> Object:
        """
        Press a button of the payment page; return the Checkout Session.

        `outcome` is pay, decline, debit_clears, debit_fails, dispute, cancel, or the name of one
        of Stripe's test cards (createDisputeInquiry, pendingRefund, refundFail, …). `buyer` is what
        the page asks for tax and invoices: country, name, tax_id.

        :raises Refused: 402 if the card is declined, 400 if the session cannot be paid
        """
        return self.do(
            "pay", session=session, outcome=outcome, promotion_code=promotion_code, **buyer
        )

    def save_card(self, session: str, card: str = "visa") -> Object:
        """
        Save a test card on the page of a session with mode=setup; return the session.

        :raises Refused: 402 if the card is declined
        """
        return self.do("save_card", session=session, card=card)

    def change_card(self, payment_method: str, card: str) -> Object:
        """Let a saved card behave like another test card from now on."""
        return self.do("change_card", payment_method=payment_method, card=card)

    def detach_card(self, payment_method: str) -> Object:
        """Remove a saved card, as its customer does in the portal."""
        return self.do("detach_card", payment_method=payment_method)

    def expire(self, session: str) -> Object:
        return self.do("expire", session=session)

    def settle_debit(self, payment: str, *, clears: bool | None = None) -> Object:
        """Let the bank answer a debit now: as its account number says, or as you say."""
        return self.do("settle_debit", payment=payment, clears=clears)

    # --- what goes back ----------------------------------------------------------------------

    def refund(self, payment: str, amount: int | None = None, **values: Any) -> Object:
        """Refund in Stripe's Dashboard. `status`: pending, requires_action or succeeded."""
        return self.do("refund", payment=payment, amount=amount, **values)

    def settle_refund(self, refund: str, becomes: str | None = None) -> Object:
        """Let a refund become succeeded, failed or canceled."""
        return self.do("settle_refund", refund=refund, becomes=becomes)

    def dispute(self, payment: str, amount: int | None = None, **values: Any) -> Object:
        """Open a chargeback, or with `inquiry=True` an inquiry."""
        return self.do("dispute", payment=payment, amount=amount, **values)

    def escalate(self, dispute: str) -> Object:
        return self.do("escalate", dispute=dispute)

    def win(self, dispute: str, amount: int | None = None) -> Object:
        return self.do("win", dispute=dispute, amount=amount)

    def lose(self, dispute: str) -> Object:
        return self.do("lose", dispute=dispute)

    def warn(self, payment: str) -> Object:
        """Send an early fraud warning."""
        return self.do("warn", payment=payment)

    # --- what the sandbox does ---------------------------------------------------------------

    def switch(self, **values: Any) -> Object:
        """Set switches (see `state/switches.py`); return all of them."""
        return self.do("switch", **values)

    def forward(self, url: str, secret: str) -> Object:
        """Deliver every event to an address, signed with a secret."""
        return self.do("forward", url=url, secret=secret)

    def resend(self, event: str) -> Object:
        return self.do("resend", event=event)

    def advance(self, seconds: float) -> None:
        """Bring what is due nearer: expiries, banks, retries."""
        self.do("advance", seconds=seconds)

    def reset(self) -> None:
        self.do("reset")

    def events(self, type: str | None = None) -> list[Object]:
        """Every event, oldest first: of one type, or of all."""
        found: list[Object] = self._call("GET", "/_sandbox/events")
        return [event for event in found if type in {None, event["type"]}]

    def wait_for(self, type: str, *, within: float = 30.0) -> Object:
        """
        Wait for an event that the sandbox brings about by itself, and return the newest.

        :raises TimeoutError: if it does not come
        """
        deadline = time.monotonic() + within
        while not (found := self.events(type)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"No {type} within {within} s.")
            time.sleep(0.01)
        return found[-1]

    def deliveries(self) -> list[Object]:
        found: list[Object] = self._call("GET", "/_sandbox/deliveries")
        return found

    def do(self, action: str, **values: Any) -> Object:
        """
        Do an action by name.

        :raises Refused: if it cannot be done
        """
        body: Object = self._call("POST", f"/_sandbox/{action}", values)
        return body

    def _call(self, method: str, path: str, values: Object | None = None) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=30)
        with contextlib.closing(connection):
            connection.request(
                method, path, json.dumps(values), {"Content-Type": "application/json"}
            )
            response = connection.getresponse()
            body = json.loads(response.read())
        if response.status != http.HTTPStatus.OK:
            raise Refused(response.status, body["error"])
        return body
