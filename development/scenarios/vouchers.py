"""What can happen to a voucher. It needs no purchase: nobody pays for it."""

from uuid import uuid4

from django.contrib.auth.models import User

from billing import conf, vouchers
from billing.models import Voucher
from billing.money import format_number
from credits import ledger
from credits.models import Account

from .runner import Mismatch, Runner, new_person

CREDITS = 50


def voucher(runner: Runner) -> None:
    """A code for two people: each has it once, the third is too late, and guesses are limited."""
    staff = new_person(is_superuser=True, is_staff=True)
    batch = vouchers.make_batch(name="Spring fair", credits=CREDITS, size=1, uses=2, by=staff)
    [(_number, code)] = vouchers.export(batch, by=staff)
    User.objects.filter(pk=staff.pk).update(is_active=False, is_superuser=False, is_staff=False)
    first, second, third = (new_person() for _ in range(3))
    runner.step(f"Staff make a code for two people, {CREDITS} credits each, and export it: {code}")
    runner.step("Somebody redeems it, and once more:")
    _redeem(runner, first, code)
    _redeem(runner, first, code)
    runner.step("Somebody else types it their own way, and a third is too late:")
    _redeem(runner, second, code.lower().replace("-", " "))
    _redeem(runner, third, code)
    runner.step("The third person guesses:")
    for _ in range(conf.voucher_attempts_per_hour()):
        _redeem(runner, third, uuid4().hex[:16])
    balances = [_balance(person) for person in (first, second, third)]
    redeemed = Voucher.objects.get(batch=batch).redeemed
    if (balances, redeemed) != ([CREDITS, CREDITS, 0], 2):
        raise Mismatch(f"It ended with {balances} credits and {redeemed} uses.")
    runner.say(f"\nAs it should be: {CREDITS}, {CREDITS} and 0 credits, both uses counted.")


def _redeem(runner: Runner, person: User, code: str) -> None:
    try:
        redemption = vouchers.redeem(user=person, code=code)
        said = f"{format_number(redemption.lot.granted)} credits"
    except vouchers.AlreadyRedeemed:
        said = "redeemed before"
    except vouchers.CannotRedeem:
        said = "this code gives no credits"
    except vouchers.TooManyAttempts:
        said = "too many attempts, try again in an hour"
    runner.say(f"   {code:<24} {said:<42} balance {format_number(_balance(person)):>6}")


def _balance(person: User) -> int:
    return ledger.balance(Account.objects.for_user(person))
