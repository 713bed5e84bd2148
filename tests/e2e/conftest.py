"""
A real browser before the real site: Debian's chromium, a live server, the sandbox delivering.

Where there is no chromium, these tests are skipped by name.
"""

from copy import deepcopy

import pytest
from django.core.cache import cache

from tests.browser import CHROMIUM, LAUNCH
from tests.e2e.visitor import Visitor


def pytest_collection_modifyitems(items):
    for item in items:
        if "/tests/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.django_db(transaction=True))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="there is no chromium on this machine"))


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return LAUNCH


@pytest.fixture(scope="session")
def browser_context_args():
    return {"locale": "en-US", "viewport": {"width": 1100, "height": 800}}


@pytest.fixture
def site(live_server, settings, shop):
    """Give the address of the running site, to which the sandbox delivers every event."""
    cache.clear()
    settings.SITE_URL = live_server.url
    policy = deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].append(shop.stripe.base_url)
    settings.CONTENT_SECURITY_POLICY = policy
    shop.stripe.forward(f"{live_server.url}/webhooks/stripe/", shop.stripe.secret)
    return live_server.url


@pytest.fixture
def visitor(page, site):
    """Somebody with a browser. A page that breaks its own policy fails the test."""
    visitor = Visitor(page, site)
    yield visitor
    assert visitor.complaints == []


@pytest.fixture
def staff(new_context, site):
    """Somebody else with a browser of their own."""
    staff = Visitor(new_context().new_page(), site)
    yield staff
    assert staff.complaints == []
