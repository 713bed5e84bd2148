"""Addresses of billing. Purchases are named by uuid, never by number."""

from datetime import UTC, date, datetime

from django.urls import URLPattern, URLResolver, path, register_converter

from billing.views import account, top_up
from billing.views.buy import buy
from billing.views.cancel import cancel
from billing.views.history import history, history_csv
from billing.views.notifications import notifications, unsubscribe
from billing.views.overview import overview
from billing.views.plans import plan, plans
from billing.views.portal import portal
from billing.views.purchases import invoice, purchase, purchase_status, purchases
from billing.views.purchases_csv import purchases_csv
from billing.views.redeem import redeem
from billing.views.statements import statement
from billing.views.usage import usage
from billing.views.webhook import stripe_webhook


class MonthConverter:
    """A calendar month such as 2026-11, as its first day."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return datetime.strptime(value, "%Y-%m").replace(tzinfo=UTC).date()

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

app_name = "billing"

urlpatterns: list[URLPattern | URLResolver] = [
    path("billing/", overview, name="overview"),
    path("billing/plans/", plans, name="plans"),
    path("billing/plans/<slug:slug>/", plan, name="plan"),
    path("billing/plans/<slug:slug>/buy/", buy, name="buy"),
    path("billing/purchases/", purchases, name="purchases"),
    path("billing/purchases.csv", purchases_csv, name="purchases_csv"),
    path("billing/purchases/<uuid:uuid>/", purchase, name="purchase"),
    path("billing/purchases/<uuid:uuid>/cancel/", cancel, name="cancel"),
    path("billing/purchases/<uuid:uuid>/status/", purchase_status, name="purchase_status"),
    path("billing/purchases/<uuid:uuid>/invoice/", invoice, name="invoice"),
    path("billing/account/", account.account, name="account"),
    path("billing/account/data.json", account.my_data, name="my_data"),
    path("billing/account/leave/", account.leave, name="leave"),
    path("billing/account/leave/ask/", account.ask_to_leave, name="ask_to_leave"),
    path("billing/account/stay/", account.stay, name="stay"),
    path("billing/notifications/", notifications, name="notifications"),
    path("billing/notifications/off/<str:token>/", unsubscribe, name="unsubscribe"),
    path("billing/redeem/", redeem, name="redeem"),
    path("billing/history/", history, name="history"),
    path("billing/history.csv", history_csv, name="history_csv"),
    path("billing/usage/", usage, name="usage"),
    path("billing/statement/<month:month>/", statement, name="statement"),
    path("billing/top-up/", top_up.top_up, name="top_up"),
    path("billing/top-up/card/", top_up.save_card, name="top_up_save_card"),
    path("billing/top-up/card/remove/", top_up.remove_card, name="top_up_remove_card"),
    path("billing/top-up/review/", top_up.review, name="top_up_review"),
    path("billing/top-up/on/", top_up.switch_on, name="top_up_on"),
    path("billing/top-up/off/", top_up.switch_off, name="top_up_off"),
    path("billing/portal/", portal, name="portal"),
    path("webhooks/stripe/", stripe_webhook, name="stripe_webhook"),
]
