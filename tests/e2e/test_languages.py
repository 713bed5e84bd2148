"""A buyer's journey and the staff's first pages in each language, beside the same in English."""

import re

import pytest
from playwright.sync_api import expect

from billing.models import Purchase
from tests.e2e.visitor import Visitor
from tests.people import PASSWORD, make_staff, make_user
from tests.staff import page

# What somebody reads: but no data, and no language that names itself in itself.
READ = """() => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest("script, style, code, pre, textarea, button[lang]"))
      found.push(walker.currentNode.textContent);
  }
  for (const each of document.querySelectorAll("[placeholder], [aria-label], [title]"))
    for (const name of ["placeholder", "aria-label", "title"])
      found.push(each.getAttribute(name) || "");
  return found.map(text => text.trim().replace(/\\s+/g, " "));
}"""
PHRASE = re.compile(r"[A-Za-z']{2,} [A-Za-z']{2,}")  # two words of Latin letters in a row
NAMES = {"Checkout Sessions", "HTTP API"}  # of Stripe's objects and of protocols
PLAN = "Studio"


class Reader(Visitor):
    """Somebody whose browser asks for one language, and who finds every button by what it does."""

    def phrases(self):
        """Collect what the page says in two words or more."""
        self.page.wait_for_load_state()
        return {text for text in self.page.evaluate(READ) if PHRASE.search(text)}

    def enter(self, user):
        self.go("/accounts/login/")
        said = self.phrases()
        self.page.locator("[name=login]").fill(user.email)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.locator("main form [type=submit]").first.click()
        self.page.wait_for_url(re.compile("/(billing|admin)/$"))
        return said

    def read(self, address):
        self.go(address)
        return self.phrases()

    def buy(self, user):
        """Buy, from the plans to the history; give what each page says by its name."""
        said = {"plans": self.read("/billing/plans/"), "log-in": self.enter(user)}
        said["overview"] = self.phrases()
        self.page.locator("main form[action*=buy] [type=submit]").first.click()
        self.pay()
        expect(self.page.locator("#state .notice.success")).to_contain_text("100")
        said["success"] = self.phrases()
        self.inspect_on_phone_too()
        for name in ("purchases", "history", "usage"):
            said[name] = self.read(f"/billing/{name}/")
            self.inspect()
        return said


@pytest.fixture
def reader(browser, browser_context_args, site):
    """Give somebody who reads a language."""
    readers = []

    def reader(language):
        context = browser.new_context(**browser_context_args | {"locale": language})
        readers.append(Reader(context.new_page(), site))
        return readers[-1]

    yield reader
    for each in readers:
        each.page.context.close()
        assert each.complaints == []


def left(english, other):
    """List what is said in English in the other language too, by page."""
    found = {name: (english[name] & other[name]) - NAMES for name in english}
    return {name: sorted(phrases) for name, phrases in found.items() if phrases}


@pytest.mark.parametrize("language", ["de-DE", "zh-CN"])
class TestNoEnglish:
    def test_is_left_for_a_buyer(self, reader, shop, language):
        shop.plan(name=PLAN, description="")
        english = reader("en-US").buy(make_user())
        other = reader(language).buy(make_user())

        assert all(english.values())
        assert left(english, other) == {}

    def test_is_left_for_staff(self, reader, shop, language):
        shop.sell(plan=shop.plan(name=PLAN))
        english, other = (self.look(reader(each)) for each in ("en-US", language))

        assert all(english.values())
        assert left(english, other) == {}

    def look(self, staff):
        staff.enter(make_staff())
        said = {}
        for name, address in {"index": "/admin/", "purchases": page(Purchase)}.items():
            said[name] = staff.read(address)
            staff.inspect_on_phone_too()
        return said
