"""Who may buy says allauth, staff look at dj-stripe's tables, and procrastinate runs the jobs."""

import os
import subprocess
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
django.setup()

from allauth.account.models import EmailAddress
from billing import users
from credits.models import JobRun
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from djstripe.models import Customer
from mysite.queue import run_jobs


def may_buy(user):
    try:
        users.require_verified_email(user)
    except users.EmailNotVerified:
        return False
    return True


def check_who_may_buy():
    for verified in (False, True):
        user = User.objects.create_user(f"{verified}", f"{verified}@example.com".lower())
        EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
        assert may_buy(user) is verified


def check_the_mirror():
    staff = User.objects.create_superuser("staff", "staff@example.com")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(staff)
    assert Customer in admin.site._registry
    page = client.get("/admin/djstripe/customer/")
    assert page.status_code == 200, page.status_code
    assert client.get("/admin/djstripe/customer/add/").status_code == 403


def check_the_jobs():
    run_jobs.defer(timestamp=0)
    subprocess.run(
        [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"], check=False
    )
    ran = set(JobRun.objects.values_list("name", flat=True))
    assert {"credits.expire", "billing.mirror.mirror_events"} <= ran, ran


check_who_may_buy()
check_the_mirror()
check_the_jobs()
