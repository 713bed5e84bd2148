"""
A host that sells credits: from a plan in the admin to a refund and an erasure.

The site itself runs in another process, and Stripe's sandbox in a third: it delivers its events to
the site. What a browser would do is done here.
"""

import os
import sys
import time
from io import StringIO
from uuid import uuid4

from host import browser_of, get, make_person, open_admin_pages, run, search

from billing import users
from billing.models import CreditPlan, Purchase, Refund
from credits import ledger
from credits.models import Account
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse
from mysite.tasks import run_jobs
from stripe_sandbox.client import Sandbox

PATIENCE = 60  # seconds, on a machine that is busy

stripe = Sandbox(os.environ["STRIPE_API_BASE"])
ada = make_person("ada@example.com")
eve = make_person("eve@example.com")
boss = make_person("boss@example.com", is_staff=True, is_superuser=True)
colleague = make_person("colleague@example.com", is_staff=True)


def a_plan_goes_on_sale_in_the_admin():
    client = browser_of(boss)
    url = reverse("admin:billing_creditplan_add")
    form = get(client, url).context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    filled = {"slug": "starter", "name": "Starter", "credits": 100, "price": "9.99"}
    values = {
        name: value
        for name, value in (shown | filled).items()
        if value is not None and value is not False
    }

    answer = client.post(url, values, follow=True)

    assert answer.redirect_chain, answer.context["adminform"].form.errors
    plan = CreditPlan.objects.get(slug="starter")
    price = plan.prices.get()
    assert price.is_published, price.problem
    assert price.unit_amount == 999


def pages_stand_in_the_layout_of_the_host():
    page = get(browser_of(ada), reverse("billing:overview")).text

    assert "The host&#x27;s own header" in page or "The host's own header" in page
    assert "<title>Your credits | The host's own site</title>" in squeezed(page)
    assert "Starter" in page
    assert "billing/pages.css" in page


def strangers_are_sent_to_the_log_in_of_the_host():
    answer = Client().get(reverse("billing:overview"))

    assert answer.status_code == 302
    assert answer["Location"].startswith(resolve_url(settings.LOGIN_URL))


def only_the_verified_buy():
    unverified = make_person("later@example.com")
    unverified.is_active = False

    assert users.is_verified(ada)
    assert not users.is_verified(unverified)


def paying_brings_the_credits():
    answer = browser_of(ada).post(reverse("billing:buy", args=["starter"]), {"form_token": uuid4()})
    bought = purchase_of(ada)
    assert answer["Location"] == bought.checkout_url
    stripe.pay(bought.stripe_session_id)
    wait_for(lambda: purchase_of(ada).lot, "the credits")

    assert ledger.balance(Account.objects.for_user(ada)) == 100
    client = browser_of(ada)
    for name, *arguments in [
        ("overview",),
        ("purchases",),
        ("purchase", bought.uuid),
        ("history",),
        ("history_csv",),
    ]:
        get(client, reverse(f"billing:{name}", args=arguments))
    statement = reverse("billing:statement", args=[bought.created_at.date()])
    assert "The host's own header" in get(client, statement).text


def a_superuser_refunds():
    refund(browser_of(boss), "2.00")


def a_member_of_refunds_refunds():
    colleague.groups.add(Group.objects.get(name="Refunds"))

    refund(browser_of(colleague), "1.00")

    assert ledger.balance(Account.objects.for_user(ada)) < 100


def staff_find_people_by_address():
    for person in (boss, colleague):
        client = browser_of(person)
        for model in ("billing_purchase", "billing_payment", "credits_account", "credits_lot"):
            url = reverse(f"admin:{model}_changelist")
            assert len(search(client, url, "ada@")) == 1, model
            assert not search(client, url, "nobody@"), model


def staff_see_it_all():
    client = browser_of(boss)

    assert open_admin_pages(client, "billing") >= 15
    assert open_admin_pages(client, "credits") >= 10
    get(client, reverse("admin:index"))
    get(client, reverse("admin:billing_overview"))
    user = get_user_model()._meta
    people = f"admin:{user.app_label}_{user.model_name}"
    get(client, reverse(f"{people}_changelist"))
    get(client, reverse(f"{people}_change", args=[ada.pk]))
    get(client, reverse("admin:auth_group_changelist"))


def a_purchase_that_was_lost_is_made_again():
    browser_of(eve).post(reverse("billing:buy", args=["starter"]), {"form_token": uuid4()})
    lost = purchase_of(eve)
    Purchase.objects.filter(pk=lost.pk).delete()  # as after a restore from a backup
    stripe.pay(lost.stripe_session_id)

    wait_for(lambda: can_be_restored(lost), "what Stripe has of it")

    assert ledger.balance(Account.objects.for_user(eve)) == 100


def jobs_and_commands_run():
    call_command("run_jobs", "--list")
    run_jobs()
    call_command("check_ledger")
    call_command("reconcile_stripe")
    call_command("prune_events")


def a_person_is_erased():
    call_command("erase_user", "ada@example.com", "--no-input", "--at-stripe")

    User = get_user_model()
    address = User.get_email_field_name()
    assert not User.objects.filter(**{f"{address}__iexact": "ada@example.com"}).exists()
    client = browser_of(boss)
    assert not search(client, reverse("admin:billing_purchase_changelist"), "ada@")
    assert open_admin_pages(client, "billing") >= 15
    assert open_admin_pages(client, "credits") >= 10
    call_command("check_ledger")


def a_colleague_who_refunded_is_a_key_and_no_more():
    call_command("erase_user", str(colleague.pk), "--no-input")

    colleague.refresh_from_db()
    assert Refund.objects.filter(requested_by=colleague).exists()
    assert "colleague" not in str(vars(colleague))
    assert not colleague.is_active
    assert not colleague.has_usable_password()
    assert open_admin_pages(browser_of(boss), "billing") >= 15


# --- what they are made of -------------------------------------------------------------------


def purchase_of(person):
    return Purchase.objects.filter(account__user=person).latest("pk")


def can_be_restored(purchase):
    call_command("reconcile_stripe", "--repair", stdout=StringIO())
    return Purchase.objects.filter(uuid=purchase.uuid, status=Purchase.Status.PAID).exists()


def refund(client, amount):
    """Go through both pages, as staff do, and wait for Stripe's word."""
    bought = purchase_of(ada)
    before = Refund.objects.count()
    url = reverse("admin:billing_purchase_refund", args=[bought.pk])
    get(client, url)
    values = {"amount": amount, "reason": "Asked by mail"}
    page = client.post(url, values)
    assert page.status_code == 200
    nonce = page.context["form"]["nonce"].value()
    answer = client.post(url, {**values, "nonce": nonce, "confirmed": "1"}, follow=True)
    assert answer.status_code == 200
    assert Refund.objects.count() == before + 1
    wait_for(
        lambda: Refund.objects.latest("pk").status == Refund.Status.SUCCEEDED, "Stripe's answer"
    )


def wait_for(found, what):
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.1)


def squeezed(text):
    return " ".join(text.split()).replace("> ", ">").replace(" <", "<")


CHECKS = (
    a_plan_goes_on_sale_in_the_admin,
    pages_stand_in_the_layout_of_the_host,
    strangers_are_sent_to_the_log_in_of_the_host,
    only_the_verified_buy,
    paying_brings_the_credits,
    a_superuser_refunds,
    a_member_of_refunds_refunds,
    staff_find_people_by_address,
    staff_see_it_all,
    a_purchase_that_was_lost_is_made_again,
    jobs_and_commands_run,
    a_person_is_erased,
    a_colleague_who_refunded_is_a_key_and_no_more,
)
sys.exit(run(CHECKS))
