"""What a person does with a browser, and how we see that a page is fit for everybody."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.people import PASSWORD

COLOURS_HAVE_CHANGED = "Promise.all(document.getAnimations().map(each => each.finished))"
SIGN_OUT = re.compile("Sign out|Log out")  # on our pages, and on the admin's
NARROWEST = 320  # CSS pixels: WCAG 2.2, 1.4.10 Reflow
PHONE = {"width": 360, "height": 740}


def codes(mail):
    """Find the codes in a mail: each stands on a line of its own."""
    return re.findall(r"^ {4}(\S+)$", mail.body, re.MULTILINE)


class Visitor:
    def __init__(self, page, site):
        self.page = page
        self.site = site
        # What the browser said about our own pages: scripts that broke, policies that were.
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def go(self, address):
        self.page.goto(self.site + address)

    def sign_in(self, user):
        self.give_password(user.email)
        expect(self.page.get_by_role("button", name=SIGN_OUT)).to_be_visible()

    def give_password(self, email, password=PASSWORD):
        """Fill in the log-in page, whatever it says to that."""
        self.go("/accounts/login/")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()

    def sign_up(self, mailoutbox, *, email="ada@example.com"):
        """Fill in the sign-up page, and the code from the mail."""
        self.page.wait_for_url("**/accounts/signup/**")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Create the account").click()
        self.page.wait_for_url("**/confirm-email/**")
        self.give_code(mailoutbox)

    def give_code(self, mailoutbox):
        """Fill in the code of the newest mail."""
        [code] = codes(mailoutbox[-1])
        self.page.locator("[name=code]").fill(code)
        self.page.get_by_role("button", name="Confirm").click()

    def see(self, words):
        expect(self.page.get_by_role("main")).to_contain_text(words)

    def pay(self, outcome="pay"):
        """Press a button of the sandbox's payment page."""
        self.page.locator(f"button[name=outcome][value={outcome}]").click()

    def inspect(self, *, narrow=True):
        """Nobody is kept out of this page: not by light or dark, nor on the narrowest screen."""
        self.page.wait_for_load_state()
        faults = []
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.evaluate(COLOURS_HAVE_CHANGED)
            violations = Axe().run(self.page).response["violations"]
            faults += [
                (scheme, fault["id"], node["html"])
                for fault in violations
                for node in fault["nodes"]
            ]
        assert faults == [], f"{self.page.url}: {faults}"
        if not narrow:
            return
        usual = self.page.viewport_size
        self.page.set_viewport_size({"width": NARROWEST, "height": 640})
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(usual)
        assert width <= NARROWEST, f"{self.page.url} is {width} px wide"

    def inspect_on_phone_too(self):
        """Nobody is kept out where the page has another form on a small screen."""
        self.inspect()
        usual = self.page.viewport_size
        self.page.set_viewport_size(PHONE)
        self.inspect(narrow=False)
        self.page.set_viewport_size(usual)

    def _hear(self, message):
        ours = message.location.get("url", "").startswith(self.site)
        if ours and message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)
