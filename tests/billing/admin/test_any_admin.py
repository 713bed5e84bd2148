"""What installing billing and credits does to the admin of a project: it gets pages, no more."""

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as project
from django.contrib import admin
from django.urls import path, reverse

from tests.people import make_staff
from tests.staff import log_in, make_colleague

OURS = ("api", "billing", "credits")


def templates_of(app):
    folder = Path(apps.get_app_config(app).path) / "templates"
    return {str(file.relative_to(folder)) for file in folder.rglob("*.html")}


def pages():
    """List the models that this site's admin has pages for, each with them."""
    return list(admin.site._registry.items())  # noqa: SLF001


class TestInstalling:
    def test_replaces_no_template_of_djangos_admin(self):
        for app in OURS:
            assert not templates_of(app) & templates_of("admin")

    def test_registers_only_models_of_its_own(self):
        for model, page in pages():
            if type(page).__module__.startswith(tuple(f"{app}." for app in OURS)):
                assert model._meta.app_label in (*OURS, "djstripe")  # noqa: SLF001


@pytest.mark.django_db
class TestOverview:
    def test_is_a_page_of_the_shops_section(self):
        client = log_in(make_colleague("Support"))
        address = reverse("admin:billing_overview")

        assert address in client.get(reverse("admin:app_list", args=["billing"])).text
        assert "Outstanding credits" in client.get(address).text

    def test_is_there_in_a_stock_admin(self, settings):
        stock = admin.AdminSite()
        for model, page in pages():
            if model._meta.app_label in OURS:  # noqa: SLF001
                stock.register(model, type(page))
        settings.ROOT_URLCONF = (path("admin/", stock.urls),)
        settings.TEMPLATES = [{**project.TEMPLATES[0], "DIRS": []}]

        answer = log_in(make_staff()).get("/admin/billing/purchase/overview/")

        assert answer.status_code == 200
        assert "Quarantined events" in answer.text
