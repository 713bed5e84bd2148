"""One mailbox has the sign-up credits once, whatever account or alias comes with it."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured

from credits import allowances, fingerprints
from credits.models import Account, SignupFingerprint, SignupRefusal
from tests.people import make_user

AT = datetime(2026, 5, 20, 12, tzinfo=UTC)
OLD, NEW = "o" * 32, "n" * 32


@pytest.fixture(autouse=True)
def free_credits(settings):
    settings.CREDITS_SIGNUP_GRANT = 20
    settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = [OLD]


def sign_up(email):
    """Return what somebody has who comes with this address."""
    account = Account.objects.for_user(make_user(email=email))
    return [lot.granted for lot in allowances.give(account=account, at=AT)]


class TestMailbox:
    @pytest.mark.parametrize(
        ("address", "mailbox"),
        [
            ("Ada@Example.COM", "ada@example.com"),
            (" ada@example.com ", "ada@example.com"),
            ("ada+news@example.com", "ada@example.com"),
            ("ada+news+more@example.com", "ada@example.com"),
            ('"ada"@example.com', "ada@example.com"),
            ('"a\\da+x"@example.com', "ada@example.com"),
            ("A.d.a+x@gmail.com", "ada@gmail.com"),
            ("ada@GoogleMail.com", "ada@gmail.com"),
            ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
            ("ada@XN--Bcher-Kva.example", "ada@xn--bcher-kva.example"),
            ("ａｄａ@ｇｍａｉｌ。com", "ada@gmail.com"),  # noqa: RUF001 - full width
        ],
    )
    def test_is_one_for_every_way_to_write_it(self, address, mailbox):
        assert fingerprints.mailbox(address) == mailbox

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("a.da@example.com", "ada@example.com"),
            ("ada@gmail.com", "ada@gmail.com.example"),
            ("ada-news@example.com", "ada@example.com"),
            ("+ada@example.com", "+eve@example.com"),
            ("ada@mail.example.com", "ada@example.com"),
        ],
    )
    def test_is_another_for_what_may_be_somebody_else(self, one, other):
        assert fingerprints.mailbox(one) != fingerprints.mailbox(other)

    @pytest.mark.parametrize("address", ["ada", "", "ada@", f"ada@{'x' * 64}.com", "a@b..c"])
    def test_takes_what_is_no_address_as_it_is(self, address):
        assert fingerprints.mailbox(address).endswith(address.rpartition("@")[2])


@pytest.mark.django_db
class TestGive:
    def test_grants_once_for_a_mailbox(self):
        assert sign_up("ada@gmail.com") == [20]
        assert sign_up("A.da+2@googlemail.com") == []
        assert sign_up("eve@gmail.com") == [20]

    def test_grants_every_account_without_a_key(self, settings):
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = []

        assert sign_up("ada+1@example.com") == sign_up("ada+2@example.com") == [20]
        assert SignupFingerprint.objects.count() == 0

    def test_takes_one_key_for_a_list_of_one(self, settings):
        sign_up("ada@example.com")
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = OLD

        assert sign_up("ada+2@example.com") == []

    def test_grants_accounts_without_an_address(self):
        accounts = [Account.objects.create() for _ in range(2)]

        assert [len(allowances.give(account=account, at=AT)) for account in accounts] == [1, 1]
        assert SignupFingerprint.objects.count() == 0

    def test_keeps_back_no_allowance(self, settings):
        settings.CREDITS_MONTHLY_ALLOWANCE = 100
        sign_up("ada@example.com")

        assert sign_up("ada+2@example.com") == [100]

    def test_refuses_for_good(self, settings):
        sign_up("ada@example.com")
        user = make_user(email="ada+2@example.com")
        account = Account.objects.for_user(user)
        allowances.give(account=account, at=AT)
        user.email = "fresh@example.com"
        user.save()
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = []

        assert allowances.give(account=account, at=AT) == []

    def test_keeps_neither_address_nor_instant_nor_account(self):
        sign_up("ada@example.com")

        row = SignupFingerprint.objects.values().get()

        assert row == {
            "digest": "941ef0553da1d19b38b4c7ca4622c18707df06727c1d36bfd0fccbec09faf0e9",
            "created_on": AT.date(),
        }

    def test_takes_the_fingerprint_only_with_the_grant(self, settings):
        settings.CREDITS_SIGNUP_GRANT = -1  # refused by the ledger

        with pytest.raises(ValueError, match="credits"):
            sign_up("ada@example.com")

        assert SignupFingerprint.objects.count() == 0


@pytest.mark.django_db
class TestGiveAll:
    def test_grants_once_for_a_mailbox_and_does_not_look_again(self, django_assert_num_queries):
        for n in range(3):
            Account.objects.for_user(make_user(email=f"ada+{n}@example.com"))

        assert allowances.give_all(at=AT) == 1
        assert SignupRefusal.objects.count() == 2
        with django_assert_num_queries(1):
            assert allowances.give_all(at=AT) == 0


@pytest.mark.django_db
class TestKeys:
    def test_are_all_compared_while_the_first_signs(self, settings):
        sign_up("ada@example.com")
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = [NEW, OLD]

        assert sign_up("ada+2@example.com") == []
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = [NEW]
        assert sign_up("ada+3@example.com") == []

    def test_that_go_forget_what_they_signed(self, settings):
        sign_up("ada@example.com")
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = [NEW]

        assert sign_up("ada+2@example.com") == [20]


@pytest.mark.django_db
class TestFingerprintAll:
    def test_signs_for_who_had_credits_before_there_was_a_key(self, settings):
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = []
        sign_up("ada@example.com")
        Account.objects.for_user(make_user(email="new@example.com"))
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = [OLD]

        assert allowances.fingerprint_all(at=AT) == 1
        assert allowances.fingerprint_all(at=AT) == 0
        assert sign_up("ada+2@example.com") == []
        assert sign_up("new+2@example.com") == [20]

    def test_signs_for_who_went_without_and_whose_first_account_is_nobodys(self, settings):
        sign_up("ada@example.com")
        sign_up("ada+2@example.com")
        Account.objects.filter(user__email="ada@example.com").update(user=None)
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = [NEW, OLD]

        assert allowances.fingerprint_all(at=AT) == 1
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = [NEW]
        assert sign_up("ada+3@example.com") == []

    def test_wants_a_key(self, settings):
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = []

        with pytest.raises(ImproperlyConfigured, match="nothing to sign with"):
            allowances.fingerprint_all()
