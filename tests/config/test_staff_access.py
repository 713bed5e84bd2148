"""Who gets into the admin, and who is asked once more."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from credits import ledger
from credits.models import Account, Lot
from tests.people import PASSWORD, make_staff, make_user
from tests.second_factor import App, set_up_app
from tests.staff import make_colleague, page

pytestmark = pytest.mark.django_db

ADMIN = "/admin/"


@pytest.fixture(autouse=True)
def clock(settings):
    """The settings of production, and a clock to turn."""
    cache.clear()
    settings.STAFF_SECOND_FACTOR = True
    settings.STAFF_CONFIRM_MINUTES = 15
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


class Browser(Client):
    led_to = ""


def sign_in(user, *, app=None, wanted=""):
    client = Browser()
    answer = client.post(
        reverse("account_login"),
        {"login": user.email, "password": PASSWORD, "remember": "on", "next": wanted},
    )
    if app:
        assert answer["Location"] == reverse("mfa_authenticate")
        answer = client.post(answer["Location"], {"code": app.code()})
    client.led_to = answer["Location"]
    return client


class TestSigningIn:
    def test_leads_staff_to_the_admin_and_others_to_their_credits(self):
        staff = make_staff()

        assert sign_in(staff, app=set_up_app(staff)).led_to == ADMIN
        assert sign_in(make_user()).led_to == reverse("billing:overview")

    def test_leads_to_the_page_that_was_wanted(self):
        staff = make_staff()
        asked = Client().get(page(User), follow=True)

        client = sign_in(staff, app=set_up_app(staff), wanted=page(User))

        assert asked.redirect_chain[-1][0].startswith(reverse("account_login"))
        assert client.led_to == page(User)
        assert client.get(page(User)).status_code == 200

    def test_with_the_password_alone_shows_nothing_of_the_admin(self):
        client = sign_in(make_staff())

        answer = client.get(page(User))

        assert answer["Location"] == reverse("mfa_index")
        assert "Staff need a second factor." in client.get(answer["Location"]).text

    def test_asks_a_session_that_has_shown_no_factor(self):
        staff = make_staff()
        client = sign_in(staff)
        app = set_up_app(staff)  # in another browser

        asked = client.get(page(User))
        done = client.post(asked["Location"], {"code": app.code()})

        assert asked["Location"].startswith(reverse("mfa_reauthenticate"))
        assert done["Location"] == page(User)
        assert client.get(page(User)).status_code == 200

    def test_lets_in_with_a_recovery_code_once(self):
        staff = make_staff()
        set_up_app(staff)
        codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
        client = Client()
        for attempt in ("first", "again"):
            client = Client()
            client.post(reverse("account_login"), {"login": staff.email, "password": PASSWORD})
            client.post(reverse("mfa_authenticate"), {"code": codes[0]})
            assert (client.get(ADMIN).status_code == 200) == (attempt == "first")

    def test_takes_no_factor_where_none_is_demanded(self, settings):
        settings.STAFF_SECOND_FACTOR = False

        assert sign_in(make_staff()).get(ADMIN).status_code == 200


class TestSettingUpAnApp:
    @pytest.mark.django_db(transaction=True)
    def test_opens_the_admin_in_the_same_session(self):
        staff = make_staff()
        client = sign_in(staff)
        form = client.get(reverse("mfa_activate_totp")).context["form"]

        done = client.post(
            reverse("mfa_activate_totp"), {"code": App(form.secret).code()}, follow=True
        )

        assert len(done.context["unused_codes"]) == 10
        assert client.get(ADMIN).status_code == 200

    @pytest.mark.django_db(transaction=True)
    def test_ends_what_was_signed_in_elsewhere_without_it(self):
        staff = make_staff()
        before, client = sign_in(staff), sign_in(staff)
        form = client.get(reverse("mfa_activate_totp")).context["form"]

        client.post(reverse("mfa_activate_totp"), {"code": App(form.secret).code()})

        assert client.get(ADMIN).status_code == 200
        assert "_auth_user_id" not in before.session

    def test_keeps_the_secret_under_a_key(self):
        app = set_up_app(make_staff())

        for row in Authenticator.objects.all():
            assert app.secret not in str(row.data)


class TestRefused:
    def test_who_is_no_staff_stays_where_they_are(self):
        client = sign_in(make_user())

        for address in (ADMIN, page(User), reverse("admin:login")):
            answer = client.get(address)

            assert answer.status_code == 403
            assert "You may not see this" in answer.text

    def test_staff_without_the_permission_stay_there_too(self):
        colleague = make_colleague("Support")
        client = sign_in(colleague, app=set_up_app(colleague))

        answer = client.get("/admin/auth/group/add/")

        assert answer.status_code == 403
        assert f'href="{ADMIN}"' in answer.text


class TestOnceMore:
    @pytest.fixture
    def account(self):
        account = Account.objects.for_user(make_user())
        ledger.grant(account=account, credits=100, source="gift", kind=Lot.Kind.PROMOTION)
        return account

    def adjusting(self, account):
        return f"{page(Account, 'change', account.pk)[:-7]}adjust/?from=list"

    def sent(self):
        return {"credits": "25", "reason": "Asked by mail", "action": "continue"}

    def test_asks_before_credits_are_adjusted_and_then_does_it(self, account, clock):
        staff = make_staff()
        client = sign_in(staff, app=set_up_app(staff))
        clock.shift(timedelta(minutes=16))
        form = client.get(self.adjusting(account)).context["form"]
        sent = {name: form[name].value() or "" for name in form.fields} | self.sent()

        asked = client.post(self.adjusting(account), sent)
        done = client.post(asked["Location"], {"password": PASSWORD})

        assert asked["Location"].startswith(reverse("account_reauthenticate"))
        assert done.status_code in (200, 302)
        assert "Is it still you?" not in done.text
        assert client.get(self.adjusting(account)).status_code == 200

    def test_does_not_ask_who_has_just_signed_in(self, account, clock):
        staff = make_staff()
        client = sign_in(staff, app=set_up_app(staff))
        clock.shift(timedelta(minutes=14))

        answer = client.post(self.adjusting(account), self.sent())

        assert not answer.get("Location", "").startswith(reverse("account_reauthenticate"))

    def test_takes_a_code_for_a_password(self, account, clock):
        staff = make_staff()
        app = set_up_app(staff)
        client = sign_in(staff, app=app)
        clock.shift(timedelta(minutes=16))
        client.post(self.adjusting(account), self.sent())

        client.post(
            f"{reverse('mfa_reauthenticate')}?next={self.adjusting(account)}", {"code": app.code()}
        )

        answer = client.post(self.adjusting(account), self.sent())
        assert not answer.get("Location", "").startswith("/accounts/")

    def test_does_nothing_after_a_wrong_password(self, clock):
        staff, colleague = make_staff(), make_colleague("Support")
        client = sign_in(staff, app=set_up_app(staff))
        clock.shift(timedelta(minutes=16))
        change = page(User, "change", colleague.pk)
        sent = {"username": colleague.username, "email": "other@example.com"}

        asked = client.post(change, sent)
        refused = client.post(asked["Location"], {"password": "wrong"})

        assert "Is it still you?" in refused.text
        colleague.refresh_from_db()
        assert colleague.email != "other@example.com"

    def test_does_what_was_sent_with_its_query(self, clock):
        staff, person = make_staff(), make_user()
        client = sign_in(staff, app=set_up_app(staff))
        clock.shift(timedelta(minutes=16))
        change = page(User, "change", person.pk) + "?_changelist_filters=q%3Dada"
        sent = {"username": person.username, "email": "Other@Example.com", "is_active": "on"}

        asked = client.post(change, sent)
        done = client.post(asked["Location"], {"password": PASSWORD})

        person.refresh_from_db()
        assert person.email == "other@example.com"
        assert done["Location"].endswith("?q=ada")

    @pytest.mark.parametrize("name", ["admin:password_change", "admin:auth_user_add"])
    def test_keeps_no_password_meanwhile(self, clock, name):
        staff = make_staff()
        client = sign_in(staff, app=set_up_app(staff))
        clock.shift(timedelta(minutes=16))
        passwords = ("old_password", "new_password1", "new_password2", "password1", "password2")
        sent = dict.fromkeys(passwords, "a-secret-to-be")

        asked = client.post(reverse(name), sent)
        kept = str(dict(client.session))
        done = client.post(asked["Location"], {"password": PASSWORD})

        assert "a-secret-to-be" not in kept
        assert done["Location"] == reverse(name)
        assert client.get(done["Location"]).status_code == 200

    def test_lets_people_sign_out_unasked(self, clock):
        staff = make_staff()
        client = sign_in(staff, app=set_up_app(staff))
        clock.shift(timedelta(hours=1))

        client.post(reverse("admin:logout"))

        assert "_auth_user_id" not in client.session


class TestSession:
    def test_of_staff_ends_after_hours_whatever_they_do(self, clock):
        staff = make_staff()
        client = sign_in(staff, app=set_up_app(staff))
        for _ in range(7):
            clock.shift(timedelta(hours=1))
            assert client.get(ADMIN).status_code == 200

        clock.shift(timedelta(hours=1))

        assert client.get(ADMIN).status_code == 302
        assert "_auth_user_id" not in client.session

    def test_of_others_goes_on(self, clock):
        client = sign_in(make_user())
        clock.shift(timedelta(days=3))

        assert client.get(reverse("billing:overview")).status_code == 200

    def test_of_somebody_who_became_staff_ends_with_theirs(self, clock):
        user = make_user()
        client = sign_in(user)
        clock.shift(timedelta(hours=9))

        User.objects.filter(pk=user.pk).update(is_staff=True)

        assert client.get(reverse("billing:overview")).status_code == 302


class TestLostDevice:
    def test_is_let_go_by_a_command(self, capsys):
        staff = make_staff(email="ada@example.com")
        client = sign_in(staff, app=set_up_app(staff))

        call_command("reset_second_factor", "Ada@Example.com")

        assert "signed out of 1 sessions" in capsys.readouterr().out
        assert not Authenticator.objects.exists()
        assert client.get(ADMIN).status_code == 302
        assert sign_in(staff).get(ADMIN)["Location"] == reverse("mfa_index")

    @pytest.mark.parametrize("who", ["nobody@example.com", "ada@example.com"])
    def test_says_where_there_is_none(self, who):
        make_staff(email="ada@example.com")

        with pytest.raises(CommandError):
            call_command("reset_second_factor", who)


class TestPeople:
    def test_who_edit_people_change_no_staff(self, settings):
        settings.STAFF_SECOND_FACTOR = False
        boss = make_staff()
        editor = make_user(is_staff=True)
        editor.user_permissions.set(
            Permission.objects.filter(codename__in=["view_user", "change_user"])
        )
        client = sign_in(editor)

        for colleague in (boss, make_colleague("Support")):
            change = page(User, "change", colleague.pk)
            assert client.post(change, {"email": "mine@example.com"}).status_code == 403
            assert client.post(f"{change[:-7]}password/", {}).status_code == 403
        assert client.get(page(User, "change", make_user().pk)).status_code == 200
