"""A person is gone from the whole database, and the books still add up."""

from io import StringIO
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum
from django.test import Client
from djstripe import models as djstripe
from psycopg import sql

from billing import refunds
from billing.mirror import sweeping
from billing.models import StripeEvent
from billing.privacy import erasure, retention, text_search
from billing.users import customers
from credits import ledger
from credits.models import Account, Lot, SignupFingerprint
from tests.people import make_staff, make_user

pytestmark = pytest.mark.django_db

EMAIL, NAME = "ada.lovelace@example.com", "Ada Lovelace"


@pytest.fixture
def ada():
    return make_user(email=EMAIL, first_name="Ada", last_name="Lovelace")


def make_history(shop, user):
    """Buy, be refunded, dispute, log in, be looked at by staff: a person everywhere."""
    purchase = shop.sell(user=user)
    shop.refund(purchase, 100, reason="requested_by_customer")
    shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 200)
    shop.deliver()
    sweeping.sweep()
    Client().force_login(user)
    LogEntry.objects.create(
        user=make_staff(),
        content_type=ContentType.objects.get_for_model(User),
        object_id=user.pk,
        object_repr=f"{NAME} <{EMAIL}>",
        action_flag=CHANGE,
        change_message=f"Wrote to {EMAIL.upper()}.",
    )
    StripeEvent.objects.filter(type="charge.dispute.created").update(
        error=f"{NAME} ({EMAIL}) disputes."
    )
    return purchase


def rows_with(*words):
    """Tables in which a whole row, written out as text, has a word: not how the code searches."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for word in words:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" t WHERE strpos(lower(t::text), lower(%s)) > 0',  # noqa: S608
                    [word],
                )
                if cursor.fetchone()[0]:
                    found.add(table)
    return found


class TestErase:
    def test_leaves_no_word_of_a_person_in_any_column(self, shop, ada):
        make_history(shop, ada)
        before = rows_with(EMAIL, NAME)

        erased = erasure.erase(user=ada)

        assert before >= {
            "auth_user",
            "account_emailaddress",
            "django_admin_log",
            "billing_stripeevent",
            "djstripe_customer",
            "djstripe_session",
            "djstripe_event",
        }
        assert rows_with(EMAIL, NAME, "Lovelace") == set()
        assert erased.left == []

    def test_keeps_the_books(self, shop, ada):
        purchase = make_history(shop, ada)
        ledger.spend(account=purchase.account, credits=20, key="spend")
        purchase.account.refresh_from_db()
        balance = purchase.account.balance

        erasure.erase(user=ada)

        account = Account.objects.get(pk=purchase.account_id)
        assert (account.user, account.balance) == (None, balance)
        assert account.transactions.aggregate(sum=Sum("amount"))["sum"] == balance
        purchase.refresh_from_db()
        assert (purchase.status, purchase.unit_amount) == ("paid", 1000)
        call_command("check_ledger", stdout=StringIO())

    def test_takes_out_links_to_what_stripe_shows_of_them(self, shop, ada):
        paid, waiting = make_history(shop, ada), shop.open(user=ada)
        paid.payment.refresh_from_db()
        assert paid.payment.receipt_url
        assert waiting.checkout_url

        erasure.erase(user=ada)

        paid.payment.refresh_from_db()
        waiting.refresh_from_db()
        assert (paid.payment.receipt_url, waiting.checkout_url) == ("", "")

    def test_reduces_what_stripe_said_of_the_customer_alone(self, shop, ada):
        event = {
            "id": "evt_attached",
            "type": "payment_method.attached",
            "livemode": False,
            "data": {
                "object": {
                    "id": "pm_1",
                    "customer": customers.id_for(ada),
                    "billing_details": {"phone": "+44 20 7946 0000"},
                }
            },
        }
        shop.deliver(event)

        erasure.erase(user=ada)

        assert text_search.find(["7946 0000"]) == []

    def test_clears_what_staff_logged_about_them(self, shop, ada):
        entry = LogEntry.objects.create(
            user=make_staff(),
            content_type=ContentType.objects.get_for_model(User),
            object_id=ada.pk,
            object_repr="ada1815",
            action_flag=CHANGE,
            change_message="Called on her birthday.",
        )

        erasure.erase(user=ada)

        entry.refresh_from_db()
        assert (entry.object_repr, entry.change_message) == ("[erased]", "")

    def test_logs_the_person_out(self, shop, ada):
        other = make_user()
        Client().force_login(ada)
        Client().force_login(other)

        erasure.erase(user=ada)

        assert [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()] == [
            str(other.pk)
        ]

    def test_leaves_others_alone(self, shop, ada):
        namesake = make_user(email=f"not-{EMAIL}", first_name="Ada", last_name="Lovelacey")
        make_history(shop, ada)
        purchase = shop.sell(user=namesake)
        sweeping.sweep()

        erasure.erase(user=ada)

        namesake.refresh_from_db()
        assert (namesake.email, namesake.last_name) == (f"not-{EMAIL}", "Lovelacey")
        assert EmailAddress.objects.filter(email=f"not-{EMAIL}").exists()
        assert djstripe.Customer.objects.get(subscriber=namesake).email == f"not-{EMAIL}"
        assert djstripe.Session.objects.get(id=purchase.stripe_session_id).customer_email is None
        completed = StripeEvent.objects.get(purchase=purchase, type="checkout.session.completed")
        details = completed.payload["data"]["object"]["customer_details"]
        assert details["email"] == f"not-{EMAIL}"

    def test_keeps_the_number_of_staff_who_refunded(self, shop, ada):
        purchase = shop.sell()
        staff = make_staff(email="grace@example.com", first_name="Grace", last_name="Hopper")
        refund = refunds.request(
            purchase=purchase, unit_amount=100, reason="", requested_by=staff, nonce=uuid4()
        )

        erased = erasure.erase(user=staff)

        number = User.objects.get(requested_refunds=refund)
        assert (number.username, number.is_active) == (f"erased-{staff.pk}", False)
        assert (number.is_staff, number.is_superuser) == (False, False)
        assert erased.left == []
        assert text_search.find(["grace@example.com", "Grace Hopper"]) == []

    def test_takes_later_news_of_the_person_without_them(self, shop, ada):
        make_history(shop, ada)
        erasure.erase(user=ada)
        shop.stripe.win(djstripe.Dispute.objects.get().id)
        won = shop.event("charge.dispute.closed")
        won["data"]["object"]["evidence"]["customer_name"] = NAME
        shop.deliver(won)

        sweeping.sweep()

        assert StripeEvent.objects.get(stripe_event_id=won["id"]).state == "processed"
        assert djstripe.Dispute.objects.get().status == "won"
        assert text_search.find([EMAIL, NAME]) == []

    def test_takes_late_news_of_the_customer_without_them(self, shop, ada):
        make_history(shop, ada)
        erasure.delete_at_stripe(ada)
        erasure.erase(user=ada)
        shop.deliver(shop.event("customer.deleted"))

        sweeping.sweep()

        assert text_search.find([EMAIL, NAME]) == []

    def test_strikes_out_what_comes_in_meanwhile(self, shop, ada):
        make_history(shop, ada)
        erasure.delete_at_stripe(ada)
        late = [shop.event("customer.deleted")]

        def deliver_after_the_first_change(execute, statement, *rest):
            answer = execute(statement, *rest)
            if late and isinstance(statement, sql.Composed) and "UPDATE" in repr(statement):
                shop.deliver(late.pop())
            return answer

        with connection.execute_wrapper(deliver_after_the_first_change):
            erased = erasure.erase(user=ada)

        assert not late
        assert erased.left == []
        assert text_search.find([EMAIL, NAME]) == []

    def test_ends_where_the_mark_itself_is_looked_for(self, shop, ada):
        make_history(shop, ada)

        erased = erasure.erase(user=ada, terms=["erased"])

        assert erased.left

    def test_takes_later_news_out_of_the_inbox_without_the_mirror(self, shop, ada):
        purchase = shop.sell(user=ada)
        dispute = shop.stripe.dispute(purchase.payment.stripe_payment_intent_id, 200)
        shop.deliver()
        erasure.erase(user=ada)
        shop.stripe.win(dispute["id"])
        won = shop.event("charge.dispute.closed")
        won["data"]["object"]["evidence"]["customer_name"] = NAME
        shop.deliver(won)
        before = text_search.find([NAME])

        retention.prune()

        assert [place.table for place in before] == ["billing_stripeevent"]
        assert text_search.find([EMAIL, NAME]) == []

    def test_keeps_the_fingerprint_of_who_had_the_sign_up_credits(self, settings, ada):
        settings.CREDITS_SIGNUP_GRANT = 20
        settings.CREDITS_SIGNUP_FINGERPRINT_KEYS = ["k" * 32]
        Client().force_login(ada)

        erased = erasure.erase(user=ada)
        words_left = rows_with(EMAIL, "lovelace")
        for email in (EMAIL, "Ada.Lovelace+again@Example.com"):
            Client().force_login(make_user(email=email))

        assert (erased.left, words_left) == ([], set())
        assert SignupFingerprint.objects.count() == 1
        assert [lot.account.user for lot in Lot.objects.all()] == [None]

    def test_reports_what_nobody_may_change(self, shop, ada):
        account = Account.objects.for_user(ada)
        ledger.adjust(account=account, credits=5, reason=f"For {NAME}", actor="staff:1", key="a")

        erased = erasure.erase(user=ada)

        assert {place.table for place in erased.left} == {"credits_credittransaction"}


class TestCommand:
    def run(self, *args, **options):
        said = StringIO()
        call_command("erase_user", *args, no_input=True, stdout=said, **options)
        return said.getvalue()

    @pytest.mark.parametrize("by", ["address", "number"])
    def test_finds_a_person_by(self, shop, ada, by):
        make_history(shop, ada)

        said = self.run(EMAIL.upper() if by == "address" else str(ada.pk))

        assert "No text or JSON column" in said
        assert not User.objects.filter(pk=ada.pk).exists()

    def test_changes_nothing_when_dry(self, shop, ada):
        make_history(shop, ada)
        before = text_search.find([EMAIL, NAME])

        said = self.run(EMAIL, dry_run=True)

        assert "Would change" in said
        assert text_search.find([EMAIL, NAME]) == before
        assert Account.objects.get(user=ada)

    def test_may_be_repeated(self, shop, ada):
        make_history(shop, ada)
        self.run(EMAIL)

        said = self.run(EMAIL)

        assert "Nobody has this address" in said

    def test_deletes_the_customer_at_stripe_when_told(self, shop, ada):
        make_history(shop, ada)

        said = self.run(EMAIL, at_stripe=True)

        assert "Deleted 1 customers at Stripe." in said
        assert shop.stripe.events("customer.deleted")

    def test_changes_nothing_while_stripe_is_down(self, shop, ada):
        make_history(shop, ada)
        shop.stripe.switch(api_down=True)

        with pytest.raises(CommandError, match="Nothing was changed"):
            self.run(EMAIL, at_stripe=True)

        assert User.objects.filter(pk=ada.pk).exists()

    def test_does_not_choose_between_two_with_one_address(self, ada):
        make_user(email="other@example.com")
        User.objects.update(email=EMAIL)

        with pytest.raises(CommandError, match="belongs to 2 users"):
            self.run(EMAIL)

        assert User.objects.filter(email=EMAIL).count() == 2

    def test_refuses_a_number_that_nobody_has(self):
        with pytest.raises(CommandError, match="no user 999999"):
            self.run("999999")
