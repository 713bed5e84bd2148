"""The page around billing's pages: the app's own, and a project's."""

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.auth.views import LogoutView
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import include, path

from billing.models import DisplayState
from tests.people import make_user

ROOT = Path(__file__).parents[3]
PAGES = ("/billing/", "/billing/purchases/", "/billing/history/")
OF_A_PROJECT = """<html><head><title>{% block title %}{% endblock %} - Acme</title>
{% block head %}{% endblock %}</head>
<body><h1>Acme</h1>{% block content %}{% endblock %}</body></html>
"""

# A project whose log-in is not this site's: billing's addresses are the only ones.
ADDRESSES = (path("", include("billing.urls")),)


@pytest.fixture
def only_the_apps(settings):
    """Let a project have no templates of its own, and none of this site's addresses."""
    settings.ROOT_URLCONF = ADDRESSES
    settings.TEMPLATES = [{**project.TEMPLATES[0], "DIRS": []}]


@pytest.fixture
def with_a_layout(settings, only_the_apps, tmp_path):
    """Let it have its own page, and the five lines that `docs/templates.md` shows."""
    documented = (ROOT / "docs/templates.md").read_text()
    [shown] = re.findall(r"```django\n(.*?)```", documented, re.DOTALL)
    (tmp_path / "billing").mkdir()
    (tmp_path / "billing" / "layout.html").write_text(shown)
    (tmp_path / "base.html").write_text(OF_A_PROJECT)
    settings.TEMPLATES = [{**project.TEMPLATES[0], "DIRS": [tmp_path]}]


@pytest.mark.django_db
class TestTheAppsOwnLayout:
    @pytest.mark.parametrize("address", PAGES)
    def test_works_in_a_project_without_templates_and_without_allauth(
        self, client, only_the_apps, address
    ):
        client.force_login(make_user())

        shown = client.get(address).text

        assert '<body class="billing">' in shown
        assert 'href="/billing/history/"' in shown
        assert "Sign out" not in shown

    def test_offers_the_way_out_where_the_project_has_one(self, client, settings, only_the_apps):
        settings.ROOT_URLCONF = (*ADDRESSES, path("leave/", LogoutView.as_view(), name="logout"))
        client.force_login(make_user())

        assert 'action="/leave/"' in client.get("/billing/").text


@pytest.mark.django_db
class TestALayoutOfAProject:
    @pytest.mark.parametrize("address", PAGES)
    def test_holds_title_and_page(self, client, with_a_layout, address):
        client.force_login(make_user())

        shown = client.get(address).text

        assert "<h1>Acme</h1>" in shown
        assert re.search(r"<title>\s*[A-Z][a-z ]+\s* - Acme</title>", shown)
        assert "billing/pages.css" in shown
        assert shown.index('<div class="billing">') < shown.rindex("<h1")


class TestTemplatesOfTheApps:
    def named(self):
        """List each template of the apps with those that it extends or includes."""
        for app in ("api", "billing", "credits"):
            folder = ROOT / app / "templates"
            for file in sorted(folder.rglob("*.html")):
                text = file.read_text()
                for name in re.findall(r'{% (?:extends|include) "([^"]+)"', text):
                    yield str(file.relative_to(folder)), name

    def test_want_nothing_from_the_site(self, only_the_apps):
        for template, name in self.named():
            try:
                get_template(name)
            except TemplateDoesNotExist:
                pytest.fail(f"{template} wants {name}, which no app has")

    @pytest.mark.parametrize("state", DisplayState)
    def test_have_one_for_each_state_of_a_purchase(self, state):
        assert get_template(f"billing/states/{state.value}.html")
