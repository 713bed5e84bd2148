"""Where somebody is signed in, and out again."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from billing.privacy import erasure
from config.accounts import browsers
from tests.people import PASSWORD, make_user
from tests.second_factor import set_up_app

pytestmark = pytest.mark.django_db

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
LAPTOP = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"
    " Safari/537.36"
)


def sign_in(user, user_agent):
    client = Client(headers={"user-agent": user_agent})
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


class TestSessions:
    def test_are_listed_with_what_they_are_known_by(self):
        user = make_user()
        sign_in(user, PHONE)
        laptop = sign_in(user, LAPTOP)
        sign_in(make_user(), "Somebody else's")

        text = laptop.get(reverse("usersessions_list")).text

        assert "Safari on iPhone" in text
        assert "Chrome on Linux" in text
        assert "127.0.0.1" in text
        assert "Somebody else" not in text
        assert text.count("This browser") == 1

    def test_are_ended_one_by_one(self):
        user = make_user()
        phone, other, laptop = (sign_in(user, agent) for agent in (PHONE, "Other", LAPTOP))
        session = UserSession.objects.get(user_agent=PHONE)

        done = laptop.post(reverse("end_session", args=[session.pk]), follow=True)

        assert "You are signed out there." in done.text
        assert "_auth_user_id" not in phone.session
        assert "_auth_user_id" in other.session
        assert "_auth_user_id" in laptop.session

    def test_are_ended_everywhere_else(self):
        user = make_user()
        phone, laptop = sign_in(user, PHONE), sign_in(user, LAPTOP)

        done = laptop.post(reverse("usersessions_list"), follow=True)

        assert "You are signed in nowhere else." in done.text
        assert "_auth_user_id" not in phone.session

    def test_of_others_cannot_be_ended(self):
        sign_in(make_user(), PHONE)
        mine = sign_in(make_user(), LAPTOP)
        session = UserSession.objects.get(user_agent=PHONE)

        assert mine.post(reverse("end_session", args=[session.pk])).status_code == 404
        assert mine.get(reverse("end_session", args=[session.pk])).status_code == 405

    def test_are_forgotten_with_the_person_and_so_are_factors(self):
        user = make_user()
        sign_in(user, PHONE)
        set_up_app(user)

        erased = erasure.erase(user=user)

        assert erased.rows["second factors"] == 2
        assert erased.rows["addresses of sessions"] == 1
        assert not UserSession.objects.exists()


class TestBrowsers:
    @pytest.mark.parametrize(
        ("said", "name"),
        [
            (PHONE, "Safari on iPhone"),
            (f"{LAPTOP} Edg/131.0", "Edge on Linux"),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", "An unknown program"),
        ],
    )
    def test_are_named_as_people_know_them(self, said, name):
        assert browsers.describe(said) == name
