"""The staff's site: who comes in, what the groups may do, what is folded away."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from credits.admin import notes
from credits.models import Account
from tests.people import make_staff, make_user
from tests.staff import log_in, make_colleague, page

pytestmark = pytest.mark.django_db


class TestComingIn:
    def test_goes_through_the_sites_own_log_in(self):
        answer = Client().get(reverse("admin:login"), {"next": "/admin/"})

        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))

    def test_is_refused_to_customers(self):
        assert log_in(make_user()).get(reverse("admin:login")).status_code == 403

    @pytest.mark.parametrize("group", ["Catalog", "Support", "Refunds", "Auditor"])
    def test_shows_each_group_a_first_page(self, group):
        assert log_in(make_colleague(group)).get(reverse("admin:index")).status_code == 200


class TestGroups:
    def may(self, name):
        permissions = Group.objects.get(name=name).permissions
        return {f"{p.content_type.app_label}.{p.codename}" for p in permissions.all()}

    def test_only_refunds_moves_credits_and_money(self):
        moving = {"billing.issue_refund", "credits.adjust_account"}

        movers = {name: self.may(name) & moving for name in ("Catalog", "Support", "Auditor")}

        assert movers == {"Catalog": set(), "Support": set(), "Auditor": set()}
        assert self.may("Refunds") >= moving

    def test_only_catalog_writes_plans_and_prices(self):
        writing = {"billing.change_creditplan", "billing.add_planprice"}

        assert self.may("Catalog") >= writing
        assert not (self.may("Support") | self.may("Refunds") | self.may("Auditor")) & writing

    def test_lookers_have_no_permission_but_to_look(self):
        for name in ("Support", "Auditor"):
            assert {p.split(".")[1].split("_")[0] for p in self.may(name)} == {"view"}

    def test_migrating_again_puts_back_what_is_missing_and_leaves_the_rest(self):
        support, extra = Group.objects.get(name="Support"), "billing.issue_refund"
        before = self.may("Support")
        support.permissions.clear()
        support.permissions.add(
            Group.objects.get(name="Refunds").permissions.get(codename="issue_refund")
        )

        call_command("migrate", verbosity=0)

        assert self.may("Support") == before | {extra}


class TestStripeMirror:
    def registered(self):
        mirror = apps.get_app_config("djstripe").get_models()
        return [model for model in mirror if admin.site.is_registered(model)]

    def test_has_pages_for_what_is_mirrored_and_no_others(self):
        names = {model.__name__ for model in self.registered()}

        assert {"Customer", "Charge", "Session", "Refund"} <= names
        assert not {"APIKey", "WebhookEndpoint", "WebhookEventTrigger"} & names

    def test_is_view_only_for_everyone(self, rf):
        request = rf.get("/")
        request.user = make_staff()

        for model in self.registered():
            page = admin.site.get_model_admin(model)
            assert page.has_view_permission(request)
            assert not page.has_add_permission(request)
            assert not page.has_change_permission(request)
            assert not page.has_delete_permission(request)
            assert not page.get_actions(request)

    def test_opens_every_list(self):
        client = log_in(make_colleague("Support"))

        for model in self.registered():
            assert client.get(page(model), {"q": "cus_1"}).status_code == 200

    def test_shows_no_secret_of_a_payment_page(self):
        client = log_in(make_colleague("Support"))
        intent = apps.get_model("djstripe", "PaymentIntent").objects.create(
            id="pi_1",
            livemode=False,
            stripe_data={"id": "pi_1", "client_secret": "pi_1_secret_x", "last": [{"secret": "y"}]},
        )
        url = reverse("admin:djstripe_paymentintent_change", args=[intent.pk])

        shown = client.get(url).text

        assert "client_secret" in shown
        assert "pi_1_secret_x" not in shown
        assert "&quot;y&quot;" not in shown

    def test_is_folded_below_the_sections_of_every_day(self):
        context = log_in(make_staff()).get(reverse("admin:index")).context

        open_apps = [app["app_label"] for app in context["open_apps"]]
        assert open_apps[0] == "credits"
        assert "djstripe" not in open_apps
        assert [str(app["name"]) for [app] in context["folded_apps"]] == [
            "Stripe mirror",
            "Background jobs",
        ]


class TestPeople:
    def test_somebody_who_edits_people_cannot_make_staff(self):
        editor, customer = make_colleague("Support"), make_user()
        editor.user_permissions.set(
            apps.get_model("auth", "Permission").objects.filter(
                codename__in=["change_user", "view_user"]
            )
        )
        url = reverse("admin:auth_user_change", args=[customer.pk])

        log_in(editor).post(
            url,
            {
                "username": "new-name",
                "email": customer.email,
                "is_active": "on",
                "is_staff": "on",
                "is_superuser": "on",
            },
        )

        customer.refresh_from_db()
        assert customer.username == "new-name"
        assert not customer.is_staff
        assert not customer.is_superuser

    def open_account(self, client, *people):
        return client.post(
            page(User),
            {"action": "open_account", ACTION_CHECKBOX_NAME: [person.pk for person in people]},
            follow=True,
        )

    def test_who_adjusts_credits_opens_an_account_for_somebody_who_never_bought(self):
        client = log_in(make_colleague("Refunds"))
        new, known = make_user(), make_user()
        Account.objects.for_user(known)

        answer = self.open_account(client, new, known)

        assert "1 account was opened." in answer.text
        assert Account.objects.count() == 2
        account = Account.objects.get(user=new)
        assert page(Account, "change", account.pk) in client.get(page(User, "change", new.pk)).text
        note = LogEntry.objects.get()
        assert (note.object_repr, notes.say(note)) == (str(new), "Opened a credit account.")

    def test_others_open_no_accounts(self):
        client, new = log_in(make_colleague("Support")), make_user()

        assert 'value="open_account"' not in client.get(page(User)).text
        self.open_account(client, new)

        assert not Account.objects.exists()

    def test_nobody_deletes_a_person(self):
        customer = make_user()
        url = reverse("admin:auth_user_delete", args=[customer.pk])

        assert log_in(make_staff()).post(url, {"post": "yes"}).status_code == 403


class TestJobs:
    def test_are_listed_without_inline_styles(self):
        client = log_in(make_colleague("Auditor"))
        apps.get_model("procrastinate", "ProcrastinateJob")

        answer = client.get(reverse("admin:procrastinate_procrastinatejob_changelist"))

        assert answer.status_code == 200
        assert "style=" not in answer.text
