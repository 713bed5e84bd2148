"""Every list of the staff's site in a browser: whole at 1440 px; at 1000 its page is."""

import pytest
from django.conf import settings
from django.contrib import admin

from tests.busy import make_busy_site
from tests.people import make_staff
from tests.staff import page

# Lists in which a site on which everything has happened has nothing to show.
# The mirror of a saved card, which nobody on this site has.
EMPTY = {"djstripe.PaymentMethod"}
# How far these reach beyond their right edge, in pixels. At 1000 px a list may scroll in itself.
BEYOND = "all => Math.max(0, ...all.map(each => each.scrollWidth - each.clientWidth))"
WHOLE = {1440: "html, .results", 1000: "html"}
LANGUAGES = ("en", "zh-hans")


@pytest.fixture
def busy(shop, settings):
    return make_busy_site(shop, settings)


class TestEveryList:
    def test_is_whole_and_fit_for_everybody(self, busy, visitor):
        visitor.sign_in(make_staff())
        cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "url": visitor.site}
        too_wide, empty, unfit = [], [], []
        for model in admin.site._registry:  # noqa: SLF001
            name = model._meta.label  # noqa: SLF001
            for language in LANGUAGES:
                visitor.page.context.add_cookies([{**cookie, "value": language}])
                visitor.go(f"{page(model)}?p=1")  # without the filters that it begins with
                assert visitor.page.locator("html").get_attribute("lang") == language
                for width, parts in WHOLE.items():
                    visitor.page.set_viewport_size({"width": width, "height": 900})
                    beyond = visitor.page.locator(parts).evaluate_all(BEYOND)
                    if beyond:
                        too_wide.append(f"{name} by {beyond} at {width} px in {language}")
            if not visitor.page.locator("#result_list tbody tr").count():
                empty.append(name)
            try:
                visitor.inspect()
            except AssertionError as fault:
                unfit.append(str(fault))

        assert not unfit, "\n".join(unfit)
        assert not too_wide, "\n".join(too_wide)
        assert set(empty) == EMPTY
