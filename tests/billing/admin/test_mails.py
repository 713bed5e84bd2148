"""Outgoing mails as staff see them."""

import pytest
from django.utils import timezone

from billing import mails
from billing.admin.mails import why
from billing.models import OutgoingMail
from tests.billing.mails.factories import make_low_balance
from tests.staff import log_in, make_colleague, page

pytestmark = pytest.mark.django_db


class TestOutgoingMails:
    def test_say_in_words_why_one_was_not_sent(self):
        mail = OutgoingMail(last_error="SMTPRecipientsRefused 550")

        assert why(mail) == "The mail server refuses the address. (SMTPRecipientsRefused 550)"

    def test_say_an_error_without_words_as_it_is(self):
        assert why(OutgoingMail(last_error="OddError")) == "OddError"

    def test_are_for_support_to_look_at_and_for_nobody_to_change(self):
        make_low_balance()
        mails.collect(at=timezone.now())
        mail = OutgoingMail.objects.get()
        client = log_in(make_colleague("Support"))

        assert client.get(page(OutgoingMail)).status_code == 200
        answer = client.get(page(OutgoingMail, "change", mail.pk))
        assert answer.status_code == 200
        assert not answer.context["has_change_permission"]
