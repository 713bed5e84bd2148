"""What each script of a host begins with: Django, people, and a browser of sorts."""

import logging
import os
import traceback

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
django.setup()

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse

setup_test_environment()
logging.getLogger("django.request").setLevel(logging.CRITICAL)  # what fails is raised


def make_person(address, **fields):
    """Make somebody, whatever the user model calls the address."""
    User = get_user_model()
    named = {User.USERNAME_FIELD: address, User.get_email_field_name(): address}
    person = User(**named, **fields)
    person.set_password("a long password")
    person.save()
    return person


def browser_of(person):
    client = Client()
    client.force_login(person)
    return client


def get(client, url):
    """
    Open a page as a browser does, redirects included.

    :raises AssertionError: if it is not there
    """
    response = client.get(url, follow=True)
    assert response.status_code == 200, f"{url}: {response.status_code}"
    return response


def search(client, url, term):
    """Give the rows that a list of the admin finds."""
    return list(get(client, f"{url}?q={term}").context["cl"].result_list)


def open_admin_pages(client, label):
    """Open every list, form and row of an app's admin; give how many pages that were."""
    opened = 0
    for model in apps.get_app_config(label).get_models():
        model_admin = admin.site._registry.get(model)
        if model_admin is None:
            continue
        name = f"admin:{label}_{model._meta.model_name}"
        rows = list(model._default_manager.order_by("pk")[:3])
        urls = [
            reverse(f"{name}_changelist"),
            *(reverse(f"{name}_change", args=[row.pk]) for row in rows),
        ]
        request = client.get(urls[0]).wsgi_request
        if model_admin.has_add_permission(request):
            urls.append(reverse(f"{name}_add"))
        for url in urls:
            get(client, url)
            opened += 1
    return opened


def run(checks):
    """Run each check and say how it went; give the number of those that failed."""
    failed = 0
    for check in checks:
        try:
            check()
        except Exception:
            failed += 1
            print(f"FAILED {check.__name__}")
            traceback.print_exc(limit=-6, chain=False)
        else:
            print(f"ok     {check.__name__}")
    return failed
