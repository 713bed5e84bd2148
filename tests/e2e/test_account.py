"""The account page in a browser: language, zone, one's data, and the way out and back."""

import json
from pathlib import Path

from playwright.sync_api import expect

from billing.models import ErasureRequest
from tests.people import make_user


class TestAccount:
    def test_takes_a_language_and_a_zone(self, visitor, shop):
        user = make_user()
        shop.sell(user=user)
        browser = visitor.page
        visitor.sign_in(user)
        browser.get_by_role("link", name="Account").click()
        browser.get_by_label("Time zone").select_option("Asia/Tokyo")
        browser.get_by_label("Language").select_option("zh-hans")
        browser.get_by_role("button", name="Save").click()

        visitor.see("您的账户")
        visitor.inspect()
        visitor.go("/billing/purchases/")
        expect(browser.get_by_role("main").locator("time").first).to_contain_text("JST")

    def test_gives_the_data_and_lets_people_leave_and_stay(self, visitor):
        user = make_user(email="ada@example.com")
        browser = visitor.page
        visitor.sign_in(user)
        visitor.go("/billing/account/")
        with browser.expect_download() as download:
            browser.get_by_role("link", name="Download my data").click()
        assert json.loads(Path(download.value.path()).read_text())["person"]["email"] == user.email

        browser.get_by_role("link", name="Delete my account").click()
        visitor.see("It happens after 7 days.")
        visitor.inspect()
        browser.get_by_role("button", name="Delete my account").click()
        visitor.see("You asked us to delete your account.")
        visitor.inspect()
        browser.get_by_role("button", name="Keep my account").click()

        visitor.see("Your account stays.")
        assert not ErasureRequest.objects.exists()
