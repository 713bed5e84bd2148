"""One number leads from a page to the lines in the log."""

import io
import json
import logging
import re

import pytest
from django.test import Client
from django.urls import path

from config import logs, request_ids
from config.urls import urlpatterns as site_urls


def broken(request):
    raise ZeroDivisionError


urlpatterns = [path("broken/", broken), *site_urls]

pytestmark = pytest.mark.django_db


@pytest.fixture
def written():
    """Collect what the site writes, as it writes it."""
    formatter = logs.logging_config(readable=False, level="INFO")["formatters"]["line"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter.pop("()")(**formatter))
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


class TestNumber:
    @pytest.mark.urls("tests.config.test_request_ids")
    def test_on_the_page_of_an_error_is_the_one_in_the_log(self, written):
        response = Client(raise_request_exception=False).get("/broken/")

        [number] = re.findall(r"<code>(\w+)</code>", response.text)
        assert response.status_code == 500
        assert response["X-Request-ID"] == number
        [line] = [line for line in written() if "ZeroDivisionError" in line.get("exception", "")]
        assert line["request_id"] == number

    def test_is_another_each_time_and_gone_afterwards(self, client):
        numbers = {client.get("/healthz")["X-Request-ID"] for _ in range(3)}

        assert len(numbers) == 3
        assert request_ids.current() == ""

    def test_is_a_proxys_where_there_is_one(self, client, settings):
        given = {"X-Request-ID": "from-the-proxy-1"}

        assert client.get("/healthz", headers=given)["X-Request-ID"] != "from-the-proxy-1"
        settings.BEHIND_PROXY = True
        assert client.get("/healthz", headers=given)["X-Request-ID"] == "from-the-proxy-1"

    @pytest.mark.parametrize("odd", ["short", "x" * 65, "with blank in it", "a\tforged-line"])
    def test_is_no_nonsense_of_a_proxys(self, client, settings, odd):
        settings.BEHIND_PROXY = True

        assert client.get("/healthz", headers={"X-Request-ID": odd})["X-Request-ID"] != odd


class TestFooter:
    def test_leads_to_whoever_runs_the_site(self, client, settings):
        settings.SITE_CONTACT = "Ada & Sons, help@example.com"
        settings.SITE_TERMS_URL = "https://example.com/terms/"
        settings.SITE_PRIVACY_URL = "https://example.com/privacy/"
        settings.SITE_REFUNDS_URL = "https://example.com/refunds/"

        for address in ("/accounts/login/", "/nowhere/"):
            text = client.get(address).text

            assert '<a href="mailto:help@example.com">Contact</a>' in text
            assert '<a href="https://example.com/terms/">Terms</a>' in text
            assert '<a href="https://example.com/privacy/">Privacy</a>' in text
            assert '<a href="https://example.com/refunds/">Refund policy</a>' in text

    def test_names_nobody_where_nobody_is_set(self, client):
        text = client.get("/accounts/login/").text

        assert "Contact" not in text
        assert "Refund policy" not in text
