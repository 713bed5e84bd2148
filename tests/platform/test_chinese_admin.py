"""The Chinese admin is Chinese, and what rows keep is no sentence in any language."""

import re
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client

from tests.busy import make_busy_site
from tests.people import make_staff
from tests.staff import page

pytestmark = pytest.mark.django_db

OURS = ("credits", "billing", "api")
# What people write themselves, or agreed to as it was shown to them.
WRITTEN_BY_PEOPLE = {
    "api.ApiKey.name",
    "api.WebhookEndpoint.description",
    "billing.Consent.words",
    "billing.CreditPlan.description",
    "billing.CreditPlan.name",
    "billing.Payment.fraud_note",
    "billing.Refund.reason",
    "billing.StripeEvent.resolution_note",
    "billing.VoucherBatch.name",
    "credits.AdjustmentRequest.reason",
    "credits.CreditTransaction.description",
    "credits.Operation.name",
    "credits.Operation.unit",
    "credits.WriteOff.reason",
}
CODE = re.compile(r"[a-z0-9_]+( \{.*\})?", re.DOTALL)
SENTENCE = re.compile(r"[A-Za-z']+,? [A-Za-z']+,? [A-Za-z']+")

# Latin letters in a Chinese page: names of products and of things that Stripe calls so.
NAMES = {
    "API",
    "CSV",
    "Checkout",
    "Credits",
    "Dashboard",
    "Django",
    "E-mail",
    "EUR",
    "Email",
    "HTTP",
    "HTTPS",
    "ID",
    "IDs",
    "JSON",
    "JavaScript",
    "Managed",
    "MiB",
    "PDF",
    "PaymentIntent",
    "PaymentIntents",
    "Payments",
    "Python",
    "Radar",
    "SCA",
    "Stripe",
    "TLS",
    "URL",
    "URLs",
    "USD",
    "UTC",
    "UUID",
    "Webhook",
    "Webhooks",
    "admin",
    "com",
    "curl",
    "example",
    "http",
    "https",
    "staff",
    "webhook",
    "webhooks",
    "www",
}


def values():
    """Every text that a row of ours keeps, with the name of its field."""
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            fields = [
                field
                for field in model._meta.concrete_fields  # noqa: SLF001
                if isinstance(field, (models.CharField, models.TextField)) and not field.choices
            ]
            for row in model._default_manager.values(*(field.name for field in fields)):  # noqa: SLF001
                for field in fields:
                    yield f"{model._meta.label}.{field.name}", row[field.name] or ""  # noqa: SLF001


@pytest.fixture
def busy(shop, settings):
    account = make_busy_site(shop, settings)
    failed = shop.open()
    shop.pay(failed, "debit_fails")
    shop.deliver()
    shop.sell()
    return account


class TestWhatIsStored:
    def test_is_a_code_and_no_sentence(self, busy):
        said = {
            f"{name}: {value}"
            for name, value in values()
            if name not in WRITTEN_BY_PEOPLE
            and not CODE.fullmatch(value)
            and SENTENCE.search(value)
        }

        assert not said, "\n".join(sorted(said))

    def test_of_an_operation_that_nobody_described_is_empty_or_a_name(self, busy):
        rows = busy.transactions.filter(actor__in=["stripe", "system"])
        names = {
            *apps.get_model("billing.CreditPlan").objects.values_list("name", flat=True),
            *apps.get_model("billing.VoucherBatch").objects.values_list("name", flat=True),
        }

        assert {row.description for row in rows} - names <= {""}


class Text(HTMLParser):
    """What somebody reads of a page, without what was written by people or machines."""

    VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}

    def __init__(self):
        super().__init__()
        self.words, self.links, self._hidden = [], [], []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "a":
            self.links.append(found.get("href") or "")
        for name in ("placeholder", "aria-label", "title"):
            self.words.append(found.get(name) or "")
        if tag == "input" and found.get("type") in {"submit", "button"}:
            self.words.append(found.get("value") or "")
        if tag in self.VOID:
            return
        is_data = tag in {"script", "style", "pre", "code", "textarea"}
        self._hidden.append((tag, is_data))

    def handle_endtag(self, tag):
        while self._hidden:
            opened, _is_data = self._hidden.pop()
            if opened == tag:
                break

    def handle_data(self, data):
        if not any(is_data for _tag, is_data in self._hidden):
            self.words.append(data)


def read(html):
    text = Text()
    text.feed(html)
    return text


def latin(text):
    """List the Latin words of a text that are neither ids, addresses, nor numbers."""
    for token in re.split(r"[^\w@.:/%+#\-'…]+", text):
        for word in re.findall(r"[A-Za-z][A-Za-z\-]{2,}", token):
            if not re.search(r"[@_/\d]|\w\.\w", token):
                yield word


def pages(client):
    """Give the address and the text of every page of our apps that a list of theirs leads to."""
    seen, waiting = set(), ["/admin/billing/purchase/overview/"]
    for model in admin.site._registry:  # noqa: SLF001
        if model._meta.app_label not in OURS:  # noqa: SLF001
            continue
        waiting += [page(model), f"{page(model)}?p=1"]
        row = model._default_manager.order_by("-pk").first()  # noqa: SLF001
        if row is not None:
            waiting += [page(model, "change", row.pk), page(model, "history", row.pk)]
    while waiting:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        if answer.status_code != 200 or "text/html" not in answer.headers["Content-Type"]:
            continue
        found = read(answer.text)
        yield address, found
        if "/change/" in address:
            own = address.removesuffix("change/")
            waiting += [link for link in found.links if link.startswith(own) and link != address]


class TestEveryPage:
    def test_has_no_english_words_but_names(self, busy):
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(make_staff())
        known = {word for _name, value in values() for word in latin(value)}
        found = {}
        # Names of other people's tables: dj-stripe's and procrastinate's.
        sidebar = {
            str(model._meta.verbose_name_plural).capitalize()  # noqa: SLF001
            for model in admin.site._registry  # noqa: SLF001
            if model._meta.app_label not in OURS  # noqa: SLF001
        } | {"Add link", "Change or view list link", "Model name"}
        for address, text in pages(client):
            for piece in text.words:
                if piece.strip() in sidebar:
                    continue
                for word in latin(piece):
                    if word not in NAMES and word not in known:
                        found.setdefault(word, (address, " ".join(piece.split())[:80]))

        assert not found, "\n".join(f"{word}: {where}" for word, where in sorted(found.items()))
