"""Invoices, which come from Checkout Sessions here."""

from stripe_sandbox.api.kinds import Choice
from stripe_sandbox.api.params import ID, form
from stripe_sandbox.api.routes import Call, Route, listing, retrieving
from stripe_sandbox.errors import refused
from stripe_sandbox.payments import invoicing
from stripe_sandbox.state.store import Object

STATUS = Choice(of=("draft", "open", "paid", "uncollectible", "void"))


def void(call: Call) -> Object:
    invoice = call.world.store.get(call.id, "invoice")
    if invoice["status"] == "void":
        raise refused("This invoice is already voided.")
    invoicing.void(call.world, invoice)
    return invoice


ROUTES = (
    listing("invoice", "/v1/invoices", {"customer": ID, "status": STATUS}),
    retrieving("invoice", "/v1/invoices/{id}"),
    Route("POST", "/v1/invoices/{id}/void", form({}), void),
)
