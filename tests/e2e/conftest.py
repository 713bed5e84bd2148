"""
A real browser before the real site: Debian's chromium, a live server, the sandbox delivering.

Where there is no chromium, these tests are skipped by name. CHROMIUM names another one.
"""

import os
import shutil
from copy import deepcopy

import pytest
from django.core.cache import cache

from tests.e2e.visitor import Visitor

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
# Playwright runs an event loop in the thread of the tests, which then use the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


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
    return {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",  # tests may run as root, and see only our own pages
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


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
    shop.stripe.forward(f"{live_server.url}/webhooks/stripe/", settings.STRIPE_WEBHOOK_SECRETS[0])
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
