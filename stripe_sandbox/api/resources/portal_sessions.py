"""The customer portal: one visit to the page where a customer manages cards and address."""

from stripe_sandbox.api.params import ID, TEXT, form
from stripe_sandbox.api.routes import Call, Route
from stripe_sandbox.errors import refused
from stripe_sandbox.state.ids import random_text
from stripe_sandbox.state.store import Object

CREATE = form(
    {"configuration": ID, "customer": ID, "locale": TEXT, "return_url": TEXT},
    required=("customer",),
    unsupported=frozenset({"customer_account", "flow_data", "on_behalf_of"}),
)
# The configuration that is made when the portal's settings are saved in the Dashboard.
DEFAULT = "bpc_1SandboxSandboxSandbox"


def create(call: Call) -> Object:
    """https://docs.stripe.com/api/customer_portal/sessions/create."""
    world, params = call.world, call.params
    world.store.get(params["customer"], "customer", param="customer")
    if world.switches.portal_missing and "configuration" not in params:
        raise refused(
            "No configuration provided and your test mode default configuration has not been "
            "created. Provide a configuration or create your default by saving your customer "
            "portal settings in test mode at "
            "https://dashboard.stripe.com/test/settings/billing/portal."
        )
    session = world.create(
        "billing_portal.session",
        configuration=params.get("configuration", DEFAULT),
        created=world.now(),
        customer=params["customer"],
        customer_account=None,
        flow=None,
        livemode=False,
        locale=params.get("locale"),
        on_behalf_of=None,
        return_url=params.get("return_url"),
        url="",
    )
    secret = f"test_{random_text(40)}"
    world.store.set_private(session["id"], secret=secret)
    world.store.change(session, url=f"{world.base_url}/p/session/{session['id']}/{secret}")
    return session


ROUTES = (Route("POST", "/v1/billing_portal/sessions", CREATE, create),)
