"""Rules, consents, charges and cards as staff see them, and switching a rule off."""

import pytest
from django.urls import reverse

from billing.models import Consent, SavedCard, TopUp, TopUpRule
from tests.billing.topups.factories import charged, switch_on
from tests.people import make_staff
from tests.staff import log_in, make_colleague, page, queries_of

pytestmark = pytest.mark.django_db

MODELS = [TopUpRule, TopUp, Consent, SavedCard]


@pytest.fixture(autouse=True)
def _offered(settings):
    settings.BILLING_TOP_UPS = True


def switch_off_page(rule):
    return reverse("admin:billing_topuprule_switch_off", args=[rule.pk])


class TestReading:
    @pytest.mark.parametrize("model", MODELS)
    def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(self, shop, model):
        client = log_in(make_colleague("Support"))
        charged(shop)
        client.get(page(model))
        few = queries_of(client, page(model))

        for _ in range(3):
            charged(shop)

        assert queries_of(client, page(model)) == few

    @pytest.mark.parametrize("model", MODELS)
    def test_support_sees_each_row_and_changes_none(self, shop, model):
        client = log_in(make_colleague("Support"))
        charged(shop)

        for row in model.objects.all():
            answer = client.get(page(model, "change", row.pk))
            assert answer.status_code == 200
            assert 'name="_save"' not in answer.text

    @pytest.mark.parametrize("model", MODELS)
    def test_catalog_sees_none(self, model):
        assert log_in(make_colleague("Catalog")).get(page(model)).status_code == 403

    def test_the_words_that_were_agreed_to_can_be_read(self, shop):
        rule = switch_on(shop)
        client = log_in(make_colleague("Support"))

        text = client.get(page(Consent, "change", rule.consent_id)).text

        assert "falls below 50 credits" in text
        assert "192.0.2.7" in text

    def test_a_payment_method_finds_its_card_and_rule(self, shop):
        rule = switch_on(shop)
        client = log_in(make_colleague("Support"))

        for model in (TopUpRule, SavedCard):
            answer = client.get(page(model), {"q": rule.card.stripe_payment_method_id})
            assert "1 " in answer.text
            assert answer.context["cl"].result_count == 1


class TestSwitchingOff:
    def test_wants_a_reason_and_says_who_did_it(self, shop):
        rule, colleague = switch_on(shop), make_colleague("Refunds")
        client = log_in(colleague)

        refused = client.post(switch_off_page(rule), {"reason": ""})
        done = client.post(switch_off_page(rule), {"reason": "Asked by phone"})

        rule.refresh_from_db()
        assert (refused.status_code, done.status_code) == (200, 302)
        assert (rule.is_on, rule.off_reason, rule.off_note) == (False, "staff", "Asked by phone")
        assert rule.switched_off_by == colleague

    def test_shows_what_it_would_end(self, shop):
        topup = charged(shop)

        text = log_in(make_staff()).get(switch_off_page(topup.rule)).text

        assert "$10.00 of at most $30.00" in text
        assert "Nothing is charged by it any more" in text

    def test_of_one_that_is_off_is_not_offered(self, shop):
        rule = switch_on(shop)
        client = log_in(make_staff())
        client.post(switch_off_page(rule), {"reason": "Once"})

        answer = client.get(switch_off_page(rule), follow=True)

        assert "It is off already." in answer.text

    def test_is_not_for_those_who_only_look(self, shop):
        rule = switch_on(shop)

        answer = log_in(make_colleague("Support")).get(switch_off_page(rule))

        assert answer.status_code == 403
