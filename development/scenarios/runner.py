"""
Runs one scenario: one buyer, one purchase, and each event delivered when the scenario says.

Meanwhile the sandbox delivers nothing by itself. Afterwards it delivers all that it held back, to a
site that has seen it: nothing may change then.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Thread
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test.utils import override_settings

from billing import catalog, checkout, conf
from billing.models import CreditPlan, PlanPrice, Purchase, StripeEvent
from billing.money import format_change, format_money, format_number
from billing.webhooks import inbox, reading
from credits import ledger
from credits.models import Account, CreditTransaction
from stripe_sandbox import signing
from stripe_sandbox.client import Object, Sandbox

from .posting import Poster


class CannotRun(Exception):
    """The scenario cannot begin, or not go on."""


class Mismatch(Exception):
    """The scenario ended otherwise than it should."""


class Runner:
    def __init__(self, *, sandbox: Sandbox, poster: Poster, say: Callable[[str], None]) -> None:
        self.sandbox = sandbox
        self.poster = poster
        self.say = say
        self.purchase: Purchase
        self._seen: set[str] = set()
        self._steps = 0
        self._ids: set[str] = set()

    # --- what happens --------------------------------------------------------------------------

    def step(self, title: str) -> None:
        self._steps += 1
        self.say(f"\n{self._steps}. {title}")

    def begin(self) -> None:
        """Leave out what has happened before."""
        self._seen = {event["id"] for event in self.sandbox.events()}

    def follow(self, purchase: Purchase, *stripe_ids: str) -> None:
        """Tell of a purchase that has no page, and of these objects of Stripe's."""
        self.purchase = purchase
        self._ids |= set(stripe_ids)

    def buy(self, *, plan: CreditPlan | None = None, **settings: bool) -> None:
        """
        Let somebody new choose a plan, or the first on sale, and stand before Stripe's page.

        :param settings: what the site asks that page for
        """
        here = conf.currency()
        price = _first(
            lambda it: it.currency == here and not it.is_by_amount and plan in {None, it.plan},
            "No plan",
        )
        with override_settings(**settings):
            self._open(price)

    def buy_several(self, quantity: int) -> None:
        """Let somebody new choose several of the first plan that allows so many."""
        price = _first(
            lambda it: catalog.quantity_maximum(it) >= quantity, f"No plan of {quantity} at once"
        )
        self._open(price, quantity=quantity)

    def buy_for_an_amount(self) -> None:
        """Let somebody new type an amount, at the first price that asks for one."""
        price = _first(lambda it: it.is_by_amount, "No plan by amount")
        least, most, step = price.amount_minimum, price.amount_maximum, price.amount_step
        if least is None or most is None or step is None:
            raise CannotRun("A price by amount has limits.")
        some = min(most, 8 * least)
        self._open(price, amount=some - (some - least) % step)

    def buy_in_another_currency(self) -> None:
        """Let somebody new choose a currency that is not the site's."""
        here = conf.currency()
        price = _first(
            lambda it: it.currency != here and not it.is_by_amount, f"No plan but in {here}"
        )
        self._open(price)

    def _open(self, price: PlanPrice, *, quantity: int = 1, amount: int | None = None) -> None:
        self.begin()
        self.purchase = checkout.start(
            user=new_person(),
            plan_slug=price.plan.slug,
            form_token=uuid4(),
            currency=price.currency,
            quantity=quantity,
            amount=amount,
        )
        self._ids = {str(self.purchase.stripe_session_id)}
        how_many = f"{quantity} of " if quantity > 1 else ""
        self.step(
            f"Somebody opens {how_many}{price.plan.name}:"
            f" {format_number(self.purchase.credits)} credits for"
            f" {self.money(self.purchase.amount_subtotal)}. Not paid yet:"
        )
        self._show([])

    def pay(self, outcome: str = "pay", **buyer: str) -> None:
        session = self.sandbox.pay(str(self.purchase.stripe_session_id), outcome, **buyer)
        self._ids |= {session["payment_intent"], session["invoice"] or session["id"]}

    @property
    def payment(self) -> str:
        """The PaymentIntent."""
        return next(id_ for id_ in self._ids if id_.startswith("pi_"))

    def money(self, unit_amount: int) -> str:
        return format_money(unit_amount, self.purchase.currency)

    def spend(self, credits: int) -> None:
        before = self._last()
        ledger.spend(account=self._account(), credits=credits, key=f"play:{uuid4()}")
        self._show(self._movements(before))

    # --- what is delivered ---------------------------------------------------------------------

    def waiting(self, *types: str) -> list[Object]:
        """List this purchase's events that nobody has delivered, oldest first."""
        return [
            event
            for event in self.sandbox.events()
            if event["id"] not in self._seen
            and (not types or event["type"] in types)
            and self._ids & _ids_in(event)
        ]

    def deliver(self, events: Iterable[Object] | None = None) -> None:
        """Deliver events, by default all that wait, and show what each did."""
        for event in self.waiting() if events is None else events:
            before = self._last()
            answer = self.poster.post(event)
            self._seen.add(event["id"])
            self._show(
                self._movements(before), f"{event['type']:<42} {answer.status} {answer.message}"
            )

    def deliver_and_crash(self, event: Object) -> None:
        """Take an event in, and lose the database connection right before the commit."""
        body = signing.payload(event)
        headers = signing.headers(body, conf.webhook_secrets()[0])
        incoming = reading.read_event(body=body, signature=headers["Stripe-Signature"])
        before = self._last()
        thread = Thread(target=_crash, args=[incoming])
        thread.start()
        thread.join()
        if StripeEvent.objects.filter(stripe_event_id=event["id"]).exists():
            raise Mismatch("The event is in the inbox, though its transaction never ended.")
        self._show(self._movements(before), f"{event['type']:<42} ✗ cut off before the commit")

    def someone_elses_payment(self, unit_amount: int) -> None:
        """Take money on the same Stripe account for something that this site did not sell."""
        known = {event["id"] for event in self.sandbox.events()}
        self.call(
            "/v1/payment_intents",
            amount=str(unit_amount),
            currency=self.purchase.currency,
            payment_method="pm_card_visa",
            confirm="true",
        )
        for event in self.sandbox.events():
            if event["id"] not in known:
                self._ids |= _ids_in(event)

    # --- what comes of it ----------------------------------------------------------------------

    def expect(self, *, credits: int, status: str = "paid", shortfall: int = 0) -> None:
        """
        Compare the end with what it should be.

        :raises Mismatch: if it did not end so
        """
        self.purchase.refresh_from_db()
        lot = self.purchase.lot
        ends = (self._account().balance, str(self.purchase.status), lot.shortfall if lot else 0)
        found = f"{ends[0]} credits, the purchase {ends[1]}, {ends[2]} credits short"
        if ends != (credits, status, shortfall):
            raise Mismatch(
                f"It ended with {found}; it should be {credits}, {status} and {shortfall}."
            )
        self.say(f"\nAs it should be: {found}.")

    def _account(self) -> Account:
        return Account.objects.get(pk=self.purchase.account_id)

    def _last(self) -> int:
        return self._account().last_seq

    def _movements(self, before: int) -> list[CreditTransaction]:
        return list(
            CreditTransaction.objects.filter(
                account_id=self.purchase.account_id, seq__gt=before
            ).order_by("seq")
        )

    def _show(self, movements: list[CreditTransaction], message: str = "") -> None:
        moved = ", ".join(
            f"{one.get_kind_display()} {format_change(one.amount)}" for one in movements
        )
        self.say(
            f"   {message:<70} {moved:<26} balance {format_number(self._account().balance):>6}"
        )

    def call(self, path: str, **params: str) -> None:
        connection_ = HTTPConnection(urlsplit(self.sandbox.base_url).netloc, timeout=10)
        key = b64encode(f"{conf.secret_key()}:".encode()).decode()
        headers = {
            "Authorization": f"Basic {key}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection_.request("POST", path, urlencode(params), headers)
            answer = connection_.getresponse()
            if answer.status >= 300:  # noqa: PLR2004 - anything but a success
                raise CannotRun(answer.read().decode())
        finally:
            connection_.close()


def _first(fits: Callable[[PlanPrice], bool], problem: str) -> PlanPrice:
    found = next(filter(fits, checkout.prices_on_sale()), None)
    if found is None:
        raise CannotRun(f"{problem} is on sale. Run `manage.py seed_demo` first.")
    return found


@contextmanager
def held_back(sandbox: Sandbox) -> Iterator[None]:
    """Keep the sandbox from delivering by itself; it catches up afterwards."""
    before = sandbox.switch()["delivery_off"]
    sandbox.switch(delivery_off=True)
    try:
        yield
    finally:
        sandbox.switch(delivery_off=before)


def new_person(**fields: Any) -> User:
    """Make somebody with a verified address, as anyone who signed up has."""
    name = f"buyer-{uuid4().hex[:8]}"
    user = User.objects.create_user(username=name, email=f"{name}@example.com", **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _crash(event: reading.IncomingEvent) -> None:
    try:
        with transaction.atomic():
            inbox.receive(event)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    except DatabaseError:
        pass  # what was asked for
    finally:
        connection.close()


def _ids_in(event: Object) -> set[str]:
    """List the ids by which an event belongs to a payment or a session."""
    body = event["data"]["object"]
    named = json.loads(json.dumps([body.get("payment_intent"), body.get("id")]))
    return {value for value in named if isinstance(value, str)}
