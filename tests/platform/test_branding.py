"""`docs/branding.md`, followed literally."""

import pytest

from tests.hosts.document import section
from tests.platform.site import Site
from tests.processes import PROJECT

BRANDING = PROJECT / "docs" / "branding.md"
ACCENT = "#5b21b6"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("branded") / "site")
    for heading in ("Name", "Logo", "Colours", "Mails"):
        site.follow(section(heading, of=BRANDING))
    return site


class TestABrandedSite:
    def test_has_its_name_its_contact_and_its_pages_on_each_page(self, site):
        page = site.page()

        assert "· Inkwell</title>" in page
        assert "help@inkwell.example" in page
        for address in ("terms", "privacy", "refunds"):
            assert f'href="https://inkwell.example/{address}/"' in page

    def test_has_its_logo_before_the_sites_own(self, site):
        assert ACCENT in site.static("billing/mark.svg")

    def test_has_its_colours_after_the_sites_own(self, site):
        page = site.page()

        assert page.index("billing/pages.css") < page.index("brand.css")
        assert ACCENT in site.static("brand.css")

    def test_has_its_name_and_colours_in_every_mail(self, site):
        mails = list((site.folder / "previews").rglob("*.html"))

        assert len(mails) >= 2 * 10
        for mail in mails:
            text = mail.read_text()
            assert "Inkwell" in text
            assert text.rindex(ACCENT) > text.rindex("#155e4b")
