"""Staff for tests: people in one of the site's groups, and what their pages cost."""

from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.people import make_user


def make_colleague(*groups):
    """Somebody who may do what these groups may, such as "Support"."""
    user = make_user(is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    assert user.groups.count() == len(groups)
    return user


def log_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(model, verb="changelist", *args):
    """Give the address of one of a model's pages."""
    opts = model._meta  # noqa: SLF001
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{verb}", args=args)


def queries_of(client, url):
    """How many queries a page takes."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(url)
    assert response.status_code == 200
    return len(queries)
