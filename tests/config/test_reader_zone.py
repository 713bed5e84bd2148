"""Times on the pages that are not billing's stand in the reader's zone too."""

import pytest
from django.urls import reverse
from django.utils import timezone

from api.models import ApiKey
from billing import users
from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    user = make_user()
    log_in(client, user)
    return user


def log_in(client, user):
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})


class TestReaderZone:
    def test_holds_where_somebody_is_signed_in(self, client, reader):
        users.choose_time_zone(reader, "Asia/Tokyo")

        assert "(JST)" in client.get(reverse("usersessions_list")).content.decode()

    def test_holds_for_a_key_that_was_used(self, client, reader):
        users.choose_time_zone(reader, "Asia/Tokyo")
        client.post(reverse("api:own_keys"), {"name": "laptop"})
        assert ApiKey.objects.update(last_used_at=timezone.now()) == 1

        assert "(JST)" in client.get(reverse("api:own_keys")).content.decode()

    def test_is_the_browsers_where_none_was_chosen(self, client, reader):
        assert "data-moment" in client.get(reverse("usersessions_list")).content.decode()

    def test_ends_with_the_page(self, client, reader):
        users.choose_time_zone(reader, "Asia/Tokyo")
        client.get(reverse("usersessions_list"))
        client.logout()
        log_in(client, make_user())

        assert "data-moment" in client.get(reverse("usersessions_list")).content.decode()
