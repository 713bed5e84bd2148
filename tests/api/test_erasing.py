"""An erasure takes the keys of a person with it."""

import pytest

from api import keys
from api.models import ApiKey
from billing.privacy import erasure
from tests.api.outgoing.factories import make_endpoint
from tests.api.services import make_account, make_key
from tests.people import make_user

pytestmark = pytest.mark.django_db


def test_revokes_their_keys_and_forgets_their_names():
    user = make_user(email="ada@example.com")
    account = make_account(user=user)
    _row, own = make_key(account=account, created_by=f"user:{user.pk}", name="Ada's sheet")
    _row, staffs = make_key(account=account, name="Render farm")
    _row, others = make_key(account=make_account())

    erased = erasure.erase(user=user)

    for key in (own, staffs):
        with pytest.raises(keys.RevokedKey):
            keys.find(key)
    assert keys.find(others)
    assert sorted(ApiKey.objects.filter(account=account).values_list("name", "revoked_by")) == [
        ("Render farm", "system"),
        ("erased", "system"),
    ]
    assert erased.rows["API keys"] == 1
    assert erased.left == []


def test_switches_their_endpoints_off_and_blanks_what_they_are_called():
    user = make_user()
    theirs = make_endpoint(
        url="https://ada.example/", account=make_account(user=user), description="Ada's"
    )
    others = make_endpoint(url="https://bob.example/", account=make_account(), description="Bob's")

    erasure.erase(user=user)

    theirs.refresh_from_db()
    others.refresh_from_db()
    assert (theirs.is_active, theirs.description) == (False, "")
    assert (others.is_active, others.description) == (True, "Bob's")


def test_forgets_nothing_in_a_dry_run():
    user = make_user()
    _row, key = make_key(account=make_account(user=user))

    erasure.erase(user=user, dry_run=True)

    assert keys.find(key)
