"""The pytest plugin in somebody else's project: with Django, without, and as documented."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

SHOP = """
import stripe
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

paid = []


def buy(request):
    client = stripe.StripeClient(
        settings.SHOP_STRIPE_KEY, base_addresses={"api": settings.SHOP_STRIPE_URL}
    )
    price = {"currency": "usd", "unit_amount": 999, "product_data": {"name": "Book"}}
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": "https://shop.example/paid",
        }
    )
    return HttpResponseRedirect(session.url)


@csrf_exempt
def webhook(request):
    event = stripe.Webhook.construct_event(
        request.body, request.headers["Stripe-Signature"], settings.SHOP_STRIPE_SECRET
    )
    if event.type == "checkout.session.completed":
        paid.append(event.data.object.id)
    return HttpResponse()


def orders(request):
    return HttpResponse(f"{len(paid)} order paid")


urlpatterns = [path("buy/", buy), path("webhooks/stripe/", webhook), path("orders/", orders)]
"""
SHOP_SETTINGS = """
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop"
SECRET_KEY = "shop"
SHOP_STRIPE_URL = SHOP_STRIPE_KEY = SHOP_STRIPE_SECRET = ""
USE_TZ = True
"""
WITHOUT_DJANGO = """
import sys
import stripe
from stripe_sandbox.client import Refused

def test_talks_to_stripe(stripe_sandbox):
    client = stripe.StripeClient(
        stripe_sandbox.key, base_addresses={"api": stripe_sandbox.base_url}
    )
    client.v1.products.create({"name": "Book"})
    assert [event["type"] for event in stripe_sandbox.events()] == ["product.created"]

def test_begins_empty(stripe_sandbox):
    assert stripe_sandbox.events() == stripe_sandbox.traffic == []

def test_imports_no_django():
    assert "django" not in sys.modules
"""
WITH_HOOKS = """
def pytest_stripe_sandbox_call(config, call):
    print("HEARD", call["method"], call["path"])

def pytest_stripe_sandbox_event(config, event):
    print("HEARD", event["type"])
"""


@pytest.fixture
def run(tmp_path):
    """Run the tests of a project of its own; give the exit code and the output."""

    def run(files, *arguments):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-s", "-p"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DJANGO_")}
        done = subprocess.run(
            [*command, "stripe_sandbox.pytest_plugin", "-p", "no:randomly", *arguments],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": f"{settings.BASE_DIR}{os.pathsep}{tmp_path}"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout

    return run


def documented_examples() -> tuple[str, str]:
    text = (settings.BASE_DIR / "docs" / "sandbox.md").read_text()
    section = text.split("## In your own tests")[1].split("\n## ")[0]
    test, conftest = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return test, conftest


class TestPlugin:
    def test_does_what_the_documentation_shows(self, run):
        test, conftest = documented_examples()
        project = {"shop.py": SHOP, "shop_settings.py": SHOP_SETTINGS, "conftest.py": conftest}

        code, output = run({**project, "test_shop.py": test}, "--ds=shop_settings")

        assert "1 passed" in output, output
        assert code == pytest.ExitCode.OK

    def test_needs_no_django(self, run):
        _, output = run({"test_shop.py": WITHOUT_DJANGO}, "-p", "no:django")

        assert "3 passed" in output, output

    def test_leaves_django_alone_where_it_has_no_settings(self, run):
        _, output = run({"test_shop.py": WITHOUT_DJANGO}, "-k", "talks or begins")

        assert "2 passed" in output, output

    def test_tells_of_calls_and_events(self, run):
        project = {"conftest.py": WITH_HOOKS, "test_shop.py": WITHOUT_DJANGO}

        _, output = run(project, "-p", "no:django", "-k", "talks")

        assert "HEARD POST /v1/products" in output
        assert "HEARD product.created" in output

    def test_sets_the_settings_that_billing_reads(self, stripe_sandbox, settings):
        assert stripe_sandbox.base_url == settings.STRIPE_API_BASE
        assert stripe_sandbox.key == settings.STRIPE_SECRET_KEY
        assert stripe_sandbox.secret == settings.STRIPE_WEBHOOK_SECRET

    def test_disturbs_nobody_who_lacks_what_the_server_needs(self, run, tmp_path):
        for missing in ("aiohttp", "jinja2"):
            (tmp_path / f"{missing}.py").write_text(f"raise ModuleNotFoundError(name='{missing}')")

        _, output = run({"test_shop.py": "def test_nothing(): pass"}, "-p", "no:django")

        assert "1 passed" in output, output
