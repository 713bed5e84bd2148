"""Automatic top-up is on."""

import pytest

from billing.topups import falls


@pytest.fixture(autouse=True)
def _offered(settings):
    settings.BILLING_TOP_UPS = True
    falls.forget_thresholds()
