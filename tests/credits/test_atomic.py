"""Who owns a transaction."""

import pytest
from django.db import transaction

from credits import notices
from credits.atomic import TransactionRequired, transaction_required
from credits.models import LowBalanceNotice
from tests.credits.factories import make_account, make_spend


@transaction_required
def double(number):
    return 2 * number


@pytest.mark.django_db(transaction=True)
class TestTransactionRequired:
    def test_lets_pass_what_is_called_inside_one(self):
        with transaction.atomic():
            assert double(21) == 42

    def test_refuses_what_is_called_outside_and_names_it(self):
        with pytest.raises(
            TransactionRequired, match=r"test_atomic\.double is a part of its caller"
        ):
            double(21)

    def test_keeps_a_notice_from_standing_without_what_it_tells_of(self):
        spent = make_spend(account=make_account(credits=10), credits=9)

        with pytest.raises(TransactionRequired):
            notices.note_low_balance(spent, threshold=5)

        assert not LowBalanceNotice.objects.exists()

    def test_lets_a_spend_outside_of_any_note_a_low_balance(self, settings):
        settings.CREDITS_LOW_BALANCE = 5

        make_spend(account=make_account(credits=10), credits=9)

        assert LowBalanceNotice.objects.count() == 1
