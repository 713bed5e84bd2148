"""Tax: where the account is at home, and where it is registered."""

from stripe_sandbox.api.kinds import Choice, Text
from stripe_sandbox.api.params import ADDRESS, PAGE, TEXT, Fields, form
from stripe_sandbox.api.routes import PLAIN, Call, Route, as_list, retrieving
from stripe_sandbox.payments import tax_settings
from stripe_sandbox.payments.tax_rates import RATES
from stripe_sandbox.state.store import Object

BEHAVIORS = Choice(of=("exclusive", "inclusive", "inferred_by_currency"))
SETTINGS = form(
    {
        "defaults": Fields(of={"tax_behavior": BEHAVIORS, "tax_code": TEXT}),
        "head_office": Fields(of={"address": ADDRESS}, required=("address",)),
    }
)
OPTIONS = Fields(
    of={
        country.lower(): Fields(of={"type": TEXT}, required=("type",)) for country in (*RATES, "US")
    }
)
LIST = form(
    {
        **{name: kind for name, kind in PAGE.items() if name != "created"},
        "status": Choice(of=("active", "all", "expired", "scheduled")),
    }
)
REGISTRATION = form(
    {"active_from": TEXT, "country": Text(longest=2), "country_options": OPTIONS},
    required=("active_from", "country", "country_options"),
    unsupported=frozenset({"expires_at"}),
)


def settings(call: Call) -> Object:
    return tax_settings.settings(call.world)


def update(call: Call) -> Object:
    given = {name: call.params[name] for name in ("defaults", "head_office") if name in call.params}
    return tax_settings.update(call.world, **given)


def register(call: Call) -> Object:
    return tax_settings.register(
        call.world,
        country=call.params["country"],
        country_options=call.params["country_options"],
    )


def registrations(call: Call) -> Object:
    given = {name: value for name, value in call.params.items() if name != "expand"}
    status = given.pop("status", "all")
    filters = {} if status == "all" else {"status": status}
    found, has_more = call.world.store.page("tax.registration", filters, **given)
    return as_list(found, "/v1/tax/registrations", has_more=has_more)


ROUTES = (
    Route("GET", "/v1/tax/settings", PLAIN, settings),
    Route("POST", "/v1/tax/settings", SETTINGS, update),
    Route("GET", "/v1/tax/registrations", LIST, registrations),
    Route("POST", "/v1/tax/registrations", REGISTRATION, register),
    retrieving("tax.registration", "/v1/tax/registrations/{id}"),
)
