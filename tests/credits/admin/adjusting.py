"""Sending the form that corrects a balance, as a colleague does."""

from uuid import uuid4

from django.urls import reverse

from credits.models import Account
from tests.credits.factories import make_lot
from tests.people import make_user
from tests.staff import log_in


def make_account_of_somebody():
    """An account of a person, with a hundred credits."""
    account = Account.objects.for_user(make_user())
    make_lot(account=account, credits=100)
    return account


def send(colleague, account, *, follow=False, **data):
    url = reverse("admin:credits_account_adjust", args=[account.pk])
    sent = {"credits": "10", "reason": "Goodwill", "nonce": uuid4()} | data
    return log_in(colleague).post(url, sent, follow=follow)
