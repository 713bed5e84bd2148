"""Every list of the staff's site in a browser: whole at 1440 px, nearly whole at 1000."""

import pytest
from django.contrib import admin

from tests.busy import make_busy_site
from tests.people import make_staff
from tests.staff import page

TOLERATED = {1440: 0, 1000: 40}  # pixels
# Lists in which a site on which everything has happened has nothing to show.
# The mirror of a saved card, which nobody on this site has.
EMPTY = {"djstripe.PaymentMethod"}
BEYOND = """
    () => Math.max(
        document.documentElement.scrollWidth - document.documentElement.clientWidth,
        ...[...document.querySelectorAll(".results")].map(e => e.scrollWidth - e.clientWidth),
    )
"""


@pytest.fixture
def busy(shop, settings):
    return make_busy_site(shop, settings)


class TestEveryList:
    def test_is_whole_and_fit_for_everybody(self, busy, visitor):
        visitor.sign_in(make_staff())
        too_wide, empty, unfit = [], [], []
        for model in admin.site._registry:  # noqa: SLF001
            name = model._meta.label  # noqa: SLF001
            visitor.go(f"{page(model)}?p=1")  # without the filters that it begins with
            if not visitor.page.locator("#result_list tbody tr").count():
                empty.append(name)
            for width, tolerated in TOLERATED.items():
                visitor.page.set_viewport_size({"width": width, "height": 900})
                beyond = visitor.page.evaluate(BEYOND)
                if beyond > tolerated:
                    too_wide.append(f"{name} by {beyond} at {width} px")
            try:
                visitor.inspect()
            except AssertionError as fault:
                unfit.append(str(fault))

        assert not unfit, "\n".join(unfit)
        assert not too_wide, "\n".join(too_wide)
        assert set(empty) == EMPTY
