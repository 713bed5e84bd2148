"""The staff's site speaks the reader's language: each of its pages, found from its registry."""

import re
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import models
from django.test import Client

from billing.models import CreditPlan
from credits.models import AdjustmentRequest
from tests.busy import make_busy_site
from tests.people import make_staff
from tests.staff import log_in, page

pytestmark = pytest.mark.django_db

# What stays as it is in every language.
NAMES = {
    settings.SITE_NAME,
    # Of products, cards and currencies.
    *("Django", "LDAP", "Mac", "Stripe", "Visa", "EUR", "USD"),
    # Of protocols and formats.
    *("API", "CSV", "HTTP", "HTTPS", "JSON", "PDF", "URL", "URLs", "UTC", "UUID", "Webhook"),
    # Of Stripe's objects, in its own documentation of that language.
    *("Checkout Session", "Checkout Sessions", "Dashboard", "PaymentIntent"),
    # What a program or a keyboard reads.
    *("Idempotency-Key", "webhook-id", "image.large", "Command", "Control"),
}
# Django's icon for a yes or no says so in no language but Python's.
ICONS = {"True", "False", "None"}
# Words that both languages have.
SAME_IN_GERMAN = {"Bonus", "Client", "Codes", "Name", "Problem", "Status", "Support"}


# Tables whose texts the site says in other words.
SAID_OTHERWISE = {"admin.LogEntry", "auth.Group", "auth.Permission", "contenttypes.ContentType"}


class Text(HTMLParser):
    """What somebody reads of a page: text, titles, placeholders and labels, but no raw data."""

    VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
    DATA = {"script", "style", "pre", "code", "textarea"}

    def __init__(self):
        super().__init__()
        self.pieces, self.links, self._open = [], [], []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "a":
            self.links.append(found.get("href") or "")
        self._say(*(found.get(name) for name in ("placeholder", "aria-label", "title", "alt")))
        if tag == "input" and found.get("type") in {"submit", "button", "reset"}:
            self._say(found.get("value"))
        if tag not in self.VOID:
            # A language names itself in itself.
            self._open.append((tag, tag in self.DATA or ("lang" in found and tag != "html")))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(is_data for _tag, is_data in self._open):
            self._say(data)

    def _say(self, *texts):
        self.pieces += [" ".join(text.split()) for text in texts if text and text.strip()]


def read(html):
    text = Text()
    text.feed(html)
    return text


def written():
    """Every text that a row keeps and that is no choice of the program's: names, ids, codes."""
    found: set[str] = set()
    for model in apps.get_models():
        if model._meta.label in SAID_OTHERWISE:  # noqa: SLF001
            continue
        names = [
            field.name
            for field in model._meta.concrete_fields  # noqa: SLF001
            if isinstance(field, models.CharField | models.TextField) and not field.choices
        ]
        for row in model._default_manager.values_list(*names) if names else ():  # noqa: SLF001
            found.update(" ".join(str(value).split()) for value in row if value)
    return {text for text in found if re.search("[A-Za-z]{3}", text)}


def without(data, piece):
    """Take out what people or Stripe wrote."""
    for text in data:
        if text in piece:
            piece = re.sub(rf"(?<![a-zA-Z]){re.escape(text)}(?![a-zA-Z])", " ", piece)
    return piece


def latin(piece):
    """List the Latin words of a text that are no ids, addresses, numbers or codes."""
    if piece in ICONS or piece.startswith("{"):  # JSON
        return
    for token in re.split(r"[^\w@.:/%+#\-'…]+", piece):
        # An id, or the end of one.
        if not re.search(r"[@_/\d]|\w\.\w|^…", token):
            yield from re.findall(r"[A-Za-z]{3,}", token)


def addresses(client):
    """Find every page of the staff's site to which its registry and its log lead."""
    seen, waiting = set(), ["/admin/", "/admin/password_change/"]
    waiting += [
        page(entry.get_edited_object(), "history", entry.object_id)
        for entry in LogEntry.objects.all()
    ]
    for model, page_of in admin.site._registry.items():  # noqa: SLF001
        waiting += [page(model), f"{page(model)}?p=1", page(model, "add")]
        row = model._default_manager.order_by("-pk").first()  # noqa: SLF001
        if row is not None:
            waiting += [page(model, verb, row.pk) for verb in ("change", "history", "delete")]
        waiting += [f"/admin/{page_of.opts.app_label}/"]
    while waiting:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        if answer.status_code != 200 or "text/html" not in answer.headers["Content-Type"]:
            continue
        yield address, read(answer.text).pieces
        own = re.match(r"/admin/\w+/\w+/[^/]+/", address)
        for link in read(answer.text).links:
            path = link.partition("?")[0]
            is_part = own and path.startswith(own[0])
            is_page = re.fullmatch(r"/admin/\w+/\w+/[a-z-]+/", path)
            if (is_part or is_page) and path not in seen:
                waiting.append(path)


def staff(language):
    client = Client(headers={"accept-language": language})
    client.force_login(make_staff())
    return client


@pytest.fixture
def busy(shop, settings):
    account = make_busy_site(shop, settings)
    colleague = log_in(make_staff())
    plan = CreditPlan.objects.earliest("pk")
    for switch in ("take_off_sale", "sell"):
        colleague.post(page(CreditPlan, switch, plan.pk))
    asked = AdjustmentRequest.objects.get()
    colleague.post(page(AdjustmentRequest, "decide", asked.pk), {"decision": "approve"})
    assert LogEntry.objects.count() == 3
    return account


@pytest.fixture
def data(busy):
    """What is no text of the program's, the longest first."""
    return sorted(NAMES | written(), key=len, reverse=True)


class TestEveryPage:
    def test_has_no_english_words_in_chinese(self, data):
        found: dict[str, str] = {}
        for address, pieces in addresses(staff("zh-hans")):
            for piece in pieces:
                for word in latin(without(data, piece)):
                    found.setdefault(word, f"{address}: {piece[:80]}")

        assert not found, "\n".join(f"{word} at {where}" for word, where in sorted(found.items()))

    def test_says_nothing_in_german_as_it_does_in_english(self, data):
        english = {piece for _address, pieces in addresses(staff("en")) for piece in pieces}
        found: dict[str, str] = {}
        for address, pieces in addresses(staff("de")):
            for piece in english.intersection(pieces):
                if set(latin(without(data, piece))) - SAME_IN_GERMAN:
                    found.setdefault(piece, address)

        assert not found, "\n".join(f"{piece} at {where}" for piece, where in sorted(found.items()))
