"""One line for each request, which says nothing of who asked for what."""

import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from config.request_log import logged


@pytest.fixture
def line(caplog):
    """Answer a request, and give what was logged of it."""

    def ask(path, *, status=200):
        def view(request):
            request.resolver_match = resolve(request.path)
            return HttpResponse(status=status)

        with caplog.at_level(logging.INFO):
            logged(view)(RequestFactory().get(path))
        return caplog.records[-1]

    return ask


class TestLine:
    def test_has_the_route_and_what_came_of_it(self, line):
        record = line("/billing/plans/hundred/buy/?email=ada@example.com", status=303)

        assert (record.message, record.method, record.status) == ("request", "GET", 303)
        assert record.route == "billing/plans/<slug:slug>/buy/"
        assert record.milliseconds >= 0
        assert "ada@example.com" not in str(vars(record))
