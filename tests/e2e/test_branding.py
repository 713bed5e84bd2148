"""`docs/branding.md` as somebody with a browser sees it: the name, the logo and the colours."""

import pytest
from django.contrib.staticfiles.finders import find
from playwright.sync_api import expect

from tests.hosts.document import section
from tests.people import make_user
from tests.processes import PROJECT

BRANDING = PROJECT / "docs" / "branding.md"
BUTTON = {"light": "rgb(91, 33, 182)", "dark": "rgb(196, 181, 253)"}  # the page's #5b21b6, #c4b5fd


@pytest.fixture
def branded(tmp_path, settings):
    """Write what the page says into a folder that goes before the site's, and set its settings."""
    for block in section("Logo", of=BRANDING) + section("Colours", of=BRANDING):
        file = tmp_path / block.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text)
    settings.STATICFILES_DIRS = [tmp_path / "static", *settings.STATICFILES_DIRS]
    [names] = section("Name", of=BRANDING)
    for line in names.text.splitlines()[1:]:
        name, _, value = line.partition("=")
        setattr(settings, name, value)
    assert find("brand.css") == str(tmp_path / "static" / "brand.css")


class TestABrandedSite:
    def test_shows_its_name_its_logo_and_its_colours(self, branded, visitor, shop):
        browser = visitor.page
        shop.plan(name="Studio")
        logo = browser.request.get(f"{visitor.site}/static/billing/mark.svg")
        assert 'fill="#5b21b6"' in logo.text()
        visitor.go("/accounts/login/")
        expect(browser).to_have_title("Sign in · Inkwell")
        expect(browser.locator(".site-header .brand")).to_have_text("Inkwell")
        shown = "document.querySelector('.site-header .brand img').naturalWidth"
        assert browser.evaluate(shown) > 0
        visitor.inspect_on_phone_too()

        visitor.sign_in(make_user())

        for scheme, colour in BUTTON.items():
            browser.emulate_media(color_scheme=scheme)
            buy = browser.get_by_role("button", name="Buy Studio")
            expect(buy).to_have_css("background-color", colour)
        visitor.inspect_on_phone_too()
