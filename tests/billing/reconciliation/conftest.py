import pytest


@pytest.fixture(autouse=True)
def no_patience(settings):
    settings.BILLING_RECONCILE_PATIENCE = 0
