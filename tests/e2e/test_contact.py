"""Whom to ask, in a browser: at the foot of each page, and where something broke."""

import re

import pytest
from playwright.sync_api import expect

from tests.people import make_user

PAGES = {
    "Terms": "https://inkwell.example/terms/",
    "Privacy": "https://inkwell.example/privacy/",
    "Refund policy": "https://inkwell.example/refunds/",
}


@pytest.fixture(autouse=True)
def inkwell(settings):
    settings.SITE_CONTACT = "Inkwell <help@inkwell.example>"
    settings.SITE_TERMS_URL, settings.SITE_PRIVACY_URL, settings.SITE_REFUNDS_URL = PAGES.values()


class TestFooter:
    def test_leads_to_whoever_runs_the_site_from_every_page(self, visitor):
        visitor.go("/accounts/login/")
        self.sees_the_way(visitor)
        visitor.go("/nowhere/")
        self.sees_the_way(visitor)
        visitor.sign_in(make_user())
        self.sees_the_way(visitor)

    def sees_the_way(self, visitor):
        footer = visitor.page.get_by_role("contentinfo")
        for name, address in {"Contact": "mailto:help@inkwell.example", **PAGES}.items():
            expect(footer.get_by_role("link", name=name)).to_have_attribute("href", address)
        visitor.inspect_on_phone_too()


class TestErrorPage:
    @pytest.mark.urls("tests.config.test_request_ids")  # in which a page breaks
    def test_names_its_number_and_whom_to_tell(self, visitor):
        answer = visitor.page.goto(f"{visitor.site}/broken/")

        assert answer.status == 500
        visitor.see("Something broke on our side")
        number = visitor.page.get_by_role("main").locator("code")
        expect(number).to_have_text(re.compile(r"^[0-9a-f]{16}$"))
        expect(number).to_have_text(answer.headers["x-request-id"])
        write = visitor.page.get_by_role("main").get_by_role("link", name="Inkwell")
        expect(write).to_have_attribute("href", "mailto:help@inkwell.example")
        visitor.inspect_on_phone_too()
