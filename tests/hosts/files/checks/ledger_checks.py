"""A host that keeps credits and sells none: every verb, the staff's pages, the audit."""

import sys
from datetime import timedelta

from host import browser_of, get, make_person, open_admin_pages, run, search

from credits import adjustments, holds, jobs, ledger, signals, write_offs
from credits.models import Account, AdjustmentRequest, Hold, Lot
from django.core.management import call_command
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from mysite.reports import write_report

ada = make_person("ada@example.com")
boss = make_person("boss@example.com", is_staff=True, is_superuser=True)
account = Account.objects.for_user(ada)


def credits_come_and_go():
    heard = []
    signals.credits_spent.connect(lambda credits, **_: heard.append(credits), weak=False)

    lot = ledger.grant(account=account, credits=100, source="gift:1", kind=Lot.Kind.PROMOTION)
    assert lot == ledger.grant(
        account=account, credits=100, source="gift:1", kind=Lot.Kind.PROMOTION
    )
    spent = ledger.spend(account=account, credits=30, key="job:1", description="Job")
    assert spent == ledger.spend(account=account, credits=30, key="job:1")
    ledger.give_back(transaction=spent, credits=10, key="job:1:failed")

    assert ledger.balance(account) == 80
    assert heard == [30]
    assert raises(ledger.InsufficientCredits, account=account, credits=81, key="job:2").available
    assert raises(ledger.KeyConflict, account=account, credits=31, key="job:1")


def many_are_spent_at_once():
    answers = ledger.spend_many(
        [
            ledger.Spend(account=account, credits=1, key="call:1"),
            ledger.Spend(account=account, credits=1000, key="call:2"),
        ]
    )

    assert answers[0].amount == -1
    assert isinstance(answers[1], ledger.InsufficientCredits)


def the_page_on_installing_spends():
    before = ledger.balance(account)

    assert write_report(ada, 1) == write_report(ada, 1) == "Report 1"

    assert ledger.balance(account) == before - 3


def credits_are_held():
    hold = holds.hold(account=account, credits=10, key="hold:1")
    assert holds.capture(hold=hold, credits=4).status == Hold.Status.CAPTURED
    released = holds.hold(account=account, credits=10, key="hold:2")
    assert holds.release(hold=released).status == Hold.Status.RELEASED
    with holds.reserve(account=account, credits=5, key="hold:3") as reservation:
        reservation.used = 2
    forgotten = holds.hold(account=account, credits=1, key="hold:4", lasts=timedelta(minutes=1))
    assert holds.expire_holds(at=timezone.now() + timedelta(minutes=2)) == 1

    forgotten.refresh_from_db()
    assert forgotten.status == Hold.Status.EXPIRED
    account.refresh_from_db()
    assert account.held == 0


def money_that_went_back_takes_credits_back():
    lot = ledger.grant(account=account, credits=50, source="order:1", kind=Lot.Kind.PURCHASE)
    other = Account.objects.for_user(make_person("eve@example.com"))
    sold = ledger.grant(account=other, credits=10, source="order:2", kind=Lot.Kind.PURCHASE)
    ledger.spend(account=other, credits=8, key="all")

    assert ledger.set_clawback_target(lot=lot, target=50, key="refund:1").clawed_back == 50
    sold = ledger.set_clawback_target(lot=sold, target=10, key="refund:2")
    write_offs.write_off(lot=sold, credits=8, reason="Gone", actor="boss", key="off:1")

    assert write_offs.owed(sold) == 0


@override_settings(CREDITS_ADJUSTMENT_APPROVAL_ABOVE=100)
def staff_adjust_alone_and_together():
    ledger.adjust(account=account, credits=5, reason="Sorry", actor="boss", key="adjust:1")
    asked = adjustments.adjust_or_ask(
        account=account, credits=500, reason="A prize", actor="boss", key="adjust:2"
    )
    assert isinstance(asked, AdjustmentRequest)

    approved = adjustments.approve(request=asked, decided_by="her boss")

    assert approved.transaction.amount == 500


@override_settings(CREDITS_SIGNUP_GRANT=7, CREDITS_MONTHLY_ALLOWANCE=3)
def what_is_free_comes_at_log_in_and_by_a_job():
    newcomer = make_person("new@example.com")
    make_person("later@example.com")

    browser_of(newcomer)
    assert ledger.balance(Account.objects.for_user(newcomer)) == 10
    assert jobs.give_free() >= 2


def credits_expire():
    ledger.grant(
        account=account,
        credits=4,
        source="gift:2",
        kind=Lot.Kind.PROMOTION,
        expires_at=timezone.now() - timedelta(minutes=1),
        at=timezone.now() - timedelta(minutes=2),
    )

    assert ledger.expire() == 4
    assert jobs.expire() == (0, 0)
    assert jobs.announce_expiring() >= 0
    call_command("expire_credits")


def staff_see_it_all():
    client = browser_of(boss)
    assert open_admin_pages(client, "credits") >= 15

    accounts = reverse("admin:credits_account_changelist")
    assert search(client, accounts, "ada@") == [account]
    assert search(client, accounts, str(account.pk)) == [account]
    assert search(client, accounts, str(ada.pk)) == [account]
    assert search(client, accounts, "nobody@") == []
    transactions = reverse("admin:credits_credittransaction_changelist")
    assert newest_of(account) in search(client, transactions, "ada@example.com")


def staff_adjust_in_the_admin():
    client = browser_of(boss)
    url = reverse("admin:credits_account_adjust", args=[account.pk])
    before = ledger.balance(account)
    form = get(client, url).context["form"]

    answer = client.post(
        url, {"credits": "2", "reason": "Kindness", "nonce": form["nonce"].value()}, follow=True
    )

    assert answer.status_code == 200
    assert ledger.balance(account) == before + 2
    url = reverse("admin:credits_credittransaction_change", args=[newest_of(account).pk])
    page = get(client, url)
    assert "boss@example.com" in page.text


def the_audit_finds_nothing():
    call_command("check_ledger")
    call_command("run_jobs")


def newest_of(account):
    return account.transactions.order_by("-seq").first()


def raises(error, **spend):
    try:
        ledger.spend(**spend)
    except error as raised:
        return raised
    raise AssertionError(f"no {error.__name__}")


CHECKS = (
    credits_come_and_go,
    many_are_spent_at_once,
    the_page_on_installing_spends,
    credits_are_held,
    money_that_went_back_takes_credits_back,
    staff_adjust_alone_and_together,
    what_is_free_comes_at_log_in_and_by_a_job,
    credits_expire,
    staff_see_it_all,
    staff_adjust_in_the_admin,
    the_audit_finds_nothing,
)
sys.exit(run(CHECKS))
