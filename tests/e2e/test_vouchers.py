"""A voucher from the staff who make it to the person who has its credits, and a mail about them."""

import csv
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.utils import timezone
from playwright.sync_api import expect

from billing import mails, users
from tests.billing.mails.factories import make_low_balance
from tests.people import make_staff, make_user


class TestAVoucher:
    def test_from_the_staff_who_make_it_to_credits(self, visitor, staff, shop):
        # Staff make two codes, and download them, once.
        staff.sign_in(make_staff())
        staff.go("/admin/billing/voucherbatch/add/")
        staff.inspect(narrow=False)
        staff.page.locator("#id_name").fill("Spring fair")
        staff.page.locator("#id_credits").fill("50")
        staff.page.locator("#id_size").fill("2")
        staff.page.get_by_role("button", name="Save and continue editing").click()
        staff.page.get_by_role("link", name="Export the codes").click()
        staff.see("can be downloaded once")
        staff.inspect(narrow=False)
        with staff.page.expect_download() as download:
            staff.page.get_by_role("button", name="Download the file").click()
        text = Path(download.value.path()).read_text(encoding="utf-8-sig")
        first, second = (row["code"] for row in csv.DictReader(text.splitlines()))

        # Somebody redeems one, as they type it.
        visitor.sign_in(make_user())
        visitor.page.get_by_role("link", name="Redeem its code").click()
        visitor.inspect()
        self.redeem(visitor, first.lower().replace("-", " "))
        visitor.see("50 credits were added: Spring fair.")
        expect(visitor.page.locator(".amount")).to_have_text("50")
        visitor.see("Voucher redeemed")

        # The same again is told, and another of the batch is told no more than a wrong one.
        visitor.go("/billing/redeem/")
        self.redeem(visitor, first)
        visitor.see("You redeemed this code before")
        visitor.inspect()
        for code in (second, "7K3M-9QXD-0VTB-2HNC"):
            self.redeem(visitor, code)
            visitor.see("This code gives you no credits.")
        visitor.inspect()

        # Staff see who it was.
        staff.go("/admin/billing/voucherredemption/")
        staff.see("Spring fair")
        staff.inspect(narrow=False)

    def redeem(self, visitor, code):
        visitor.page.get_by_label("Code").fill(code)
        visitor.page.get_by_role("button", name="Redeem").click()


class TestAMail:
    def test_is_switched_off_by_its_last_line_and_on_again(self, visitor, settings, mailoutbox):
        settings.CREDITS_LOW_BALANCE = 10
        user = make_user()
        make_low_balance(user=user)
        mails.collect(at=timezone.now())
        mails.send_due()
        [link] = re.findall(r"Switch these mails off: (\S+)", mailoutbox[-1].body)

        visitor.go(urlsplit(link).path)
        visitor.inspect()
        visitor.page.get_by_role("button", name="Switch them off").click()
        visitor.see("We do not write to you about this any more")
        visitor.inspect()
        assert not users.wants(user, "balance_low")

        visitor.sign_in(user)
        visitor.page.get_by_role("link", name="Which mails we send you").click()
        visitor.inspect()
        visitor.page.get_by_role("checkbox", name="Balance is low").check()
        visitor.page.get_by_role("button", name="Save").click()
        visitor.see("Saved.")
        visitor.inspect()
        assert users.wants(user, "balance_low")
