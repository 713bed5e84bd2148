import pytest

from credits import ledger
from credits.models import Account, Lot


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [1, 2])
def test_credits_are_gone_after_a_test_that_commits(buyer, number):
    account = Account.objects.for_user(buyer)
    ledger.grant(account=account, credits=number, source="gift", kind=Lot.Kind.PROMOTION)

    assert Lot.objects.count() == 1
