"""At Stripe: the account, the webhook endpoint, products and prices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse

from billing import conf, stripe_gateway
from billing.doctor import clocks, tax
from billing.doctor.findings import Finding
from billing.models import CreditPlan, PlanPrice
from billing.webhooks.handlers import HANDLERS

FRAUD_WARNING = "radar.early_fraud_warning.created"
FIX = "Run `manage.py doctor --fix`."
LISTEN = (
    "Stripe cannot reach this machine. Run"
    " `stripe listen --all-snapshot --forward-to {url}` beside the site."
)


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """What was done about the endpoint; the secret is shown this once."""

    message: str
    secret: str = ""


def examine() -> Iterator[Finding]:
    if not conf.secret_key():
        yield Finding.wrong(
            "There is no STRIPE_SECRET_KEY: nothing can be sold.",
            "Copy the secret key from Stripe's Dashboard, Developers, API keys.",
        )
        return
    try:
        yield from clocks.beside_stripe()
        yield from _endpoint(stripe_gateway.webhook_endpoints())
        yield from _undelivered()
        yield from _prices()
        yield from tax.examine()
    except stripe_gateway.GatewayUnavailable as error:
        yield Finding.wrong(
            f"Stripe does not answer: {' '.join(str(error).split())}",
            "Look at status.stripe.com and at this machine's way out; then run this again.",
        )
    except stripe_gateway.GatewayRefused as error:
        yield Finding.wrong(
            f"Stripe refuses: {error}",
            "Look whether STRIPE_SECRET_KEY is still good and, if it is restricted, may read"
            " webhook endpoints, events, products and prices.",
        )


def webhook_url() -> str:
    return f"{conf.site_url()}{reverse('billing:stripe_webhook')}"


def fix_endpoint() -> Fixed:
    """
    Make or update the endpoint at Stripe; its other types of events stay.

    :raises GatewayError: if Stripe did not
    """
    ours = _ours(stripe_gateway.webhook_endpoints())
    if not ours:
        endpoint_id, secret = stripe_gateway.create_webhook_endpoint(
            url=webhook_url(), event_types=sorted(HANDLERS)
        )
        return Fixed(message=f"Made the endpoint {endpoint_id} for {webhook_url()}.", secret=secret)
    endpoint = ours[0]
    types = set(endpoint["enabled_events"])
    if endpoint["status"] == "enabled" and not _lacking(endpoint):
        return Fixed(message=f"The endpoint {endpoint['id']} needed nothing.")
    stripe_gateway.update_webhook_endpoint(
        endpoint["id"], event_types=["*"] if "*" in types else sorted(types | set(HANDLERS))
    )
    return Fixed(message=f"Brought the endpoint {endpoint['id']} up to date; its secret stays.")


def _ours(endpoints: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in endpoints if str(one["url"]).rstrip("/") == webhook_url().rstrip("/")]


def _lacking(endpoint: Mapping[str, Any]) -> list[str]:
    types = set(endpoint["enabled_events"])
    return [] if "*" in types else sorted(set(HANDLERS) - types)


def _endpoint(endpoints: list[dict[str, Any]]) -> Iterator[Finding]:
    ours, url = _ours(endpoints), webhook_url()
    if not ours:
        local = urlsplit(url).hostname in {"127.0.0.1", "localhost"}
        yield (
            Finding.watch(f"No endpoint at Stripe delivers to {url}.", LISTEN.format(url=url))
            if local
            else Finding.wrong(f"No endpoint at Stripe delivers to {url}.", FIX)
        )
        return
    if len(ours) > 1:
        yield Finding.watch(
            f"{len(ours)} endpoints deliver to {url}: every event comes that often.",
            f"Keep {ours[0]['id']} and delete the others in the Dashboard, Developers, Webhooks.",
        )
    endpoint = ours[0]
    if endpoint["status"] != "enabled":
        yield Finding.wrong(f"The endpoint {endpoint['id']} is {endpoint['status']}.", FIX)
    lacking = _lacking(endpoint)
    if lacking:
        yield Finding.wrong(f"The endpoint does not send {', '.join(lacking)}.", FIX)
    if FRAUD_WARNING in lacking and (conf.fraud_hold() or conf.fraud_refund_below()):
        yield Finding.wrong(
            f"BILLING_FRAUD_HOLD or BILLING_FRAUD_REFUND_BELOW is set, and without {FRAUD_WARNING}"
            " no warning is ever heard of.",
            FIX,
        )
    if endpoint["livemode"] != conf.livemode():
        yield Finding.wrong(
            "The endpoint is of the other mode, live or test, than this site.",
            "Set STRIPE_LIVE_MODE and STRIPE_SECRET_KEY to the same mode.",
        )
    if endpoint["api_version"] != stripe_gateway.API_VERSION:
        spoken = endpoint["api_version"] or "whatever version the account pins"
        yield Finding.watch(
            f"The endpoint speaks {spoken}, this code {stripe_gateway.API_VERSION}.",
            "The code reads older versions. To change it, delete the endpoint in the Dashboard"
            " at a quiet hour, run `manage.py doctor --fix`, set the new secret, and reconcile.",
        )
    if endpoint["status"] == "enabled" and not lacking:
        yield Finding.well(f"{endpoint['id']} delivers all {len(HANDLERS)} types to {url}.")


def _undelivered() -> Iterator[Finding]:
    waiting = [one for one in stripe_gateway.undelivered_events() if one["type"] in HANDLERS]
    if waiting:
        types = ", ".join(sorted({one["type"] for one in waiting}))
        yield Finding.wrong(
            f"Stripe could not deliver {len(waiting)} events of the last 30 days: {types}.",
            "Look in the Dashboard, Developers, Webhooks, at what this site answered: 400 is a"
            " wrong STRIPE_WEBHOOK_SECRET, 500 is in the list of failed events here. Then run"
            " `manage.py reconcile_stripe --repair`.",
        )
    else:
        yield Finding.well("Stripe has delivered every event.")


def _prices() -> Iterator[Finding]:
    on_sale = PlanPrice.objects.select_related("plan").filter(
        is_active=True, livemode=conf.livemode(), plan__is_active=True
    )
    broken = False
    for price in on_sale.exclude(published_at=None).order_by("pk"):
        for message in _differences(price):
            broken = True
            yield Finding.wrong(
                f"{price}: {message}",
                "Restore it in the Dashboard, Product catalog; or set the plan's price again in"
                " admin, which makes a new one.",
            )
    priced = on_sale.exclude(published_at=None)
    for plan in CreditPlan.objects.on_sale().exclude(pk__in=priced.values("plan")):
        broken = True
        tried = PlanPrice.objects.filter(plan=plan).exclude(problem="").order_by("-pk").first()
        yield Finding.wrong(
            f"The plan {plan} is on sale and has no price at"
            f" Stripe{f' ({tried.why})' if tried else ''}: nobody sees it.",
            "Publish its price in admin, or take the plan off sale.",
        )
    elsewhere = priced.exclude(plan__prices__in=priced.filter(currency=conf.currency()))
    for plan in CreditPlan.objects.on_sale().filter(pk__in=elsewhere.values("plan")):
        currencies = sorted(set(priced.filter(plan=plan).values_list("currency", flat=True)))
        yield Finding.watch(
            f"The plan {plan} has no price in {conf.currency()}, the site's currency: only who"
            f" chooses {' or '.join(currencies)} sees it.",
            "Give it a price in admin, if that is not what you want.",
        )
    if not broken:
        yield Finding.well(f"{on_sale.count()} prices are at Stripe as they are here.")


def _differences(price: PlanPrice) -> Iterator[str]:
    try:
        stripes = (
            None
            if price.is_by_amount
            else stripe_gateway.read_object("prices", str(price.stripe_price_id))
        )
        product = stripe_gateway.read_object("products", str(price.stripe_product_id))
    except stripe_gateway.GatewayMissing as error:
        yield str(error)
        return
    if not product["active"]:
        yield f"{price.stripe_product_id} is archived at Stripe, so nobody can buy it."
    if conf.automatic_tax() and (product["tax_code"] or "") != price.plan.tax_code:
        code = product["tax_code"] or "the tax settings say"
        yield f"Stripe taxes it as {code}, not by the plan's tax code."
    if stripes is None:
        return
    if not stripes["active"]:
        yield f"{price.stripe_price_id} is archived at Stripe, so nobody can buy it."
    found = (stripes["unit_amount"], stripes["currency"])
    if found != (price.unit_amount, price.currency):
        yield f"Stripe asks {found[0]} {found[1]} for it."
    if stripes["tax_behavior"] not in {None, price.tax_behavior}:
        behavior = stripes["tax_behavior"]
        yield f"Stripe calls its tax {behavior}, and here it is {price.tax_behavior}."
    if stripes["product"] != price.stripe_product_id:
        yield f"Stripe has it under another product, {stripes['product']}."
