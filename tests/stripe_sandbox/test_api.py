"""What every endpoint has in common: keys, errors, lists, expansion, idempotency."""

import threading
import time

import pytest
import stripe

from stripe_sandbox.client import Refused
from tests.stripe_sandbox.browsing import visit
from tests.stripe_sandbox.buying import make_client, make_payment, make_price, make_session


class TestKey:
    @pytest.mark.parametrize("prefix", ["sk_live_", "rk_live_"])
    def test_of_live_mode_is_refused_in_plain_words(self, stripe_sandbox, prefix):
        client = make_client(stripe_sandbox, key=prefix + "0" * 24)

        with pytest.raises(stripe.AuthenticationError, match="takes no live keys"):
            client.v1.products.list()

    def test_of_another_kind_is_refused_without_being_repeated(self, stripe_sandbox):
        client = make_client(stripe_sandbox, key="my-password")

        with pytest.raises(stripe.AuthenticationError) as refusal:
            client.v1.products.list()

        assert "password" not in str(refusal.value)

    @pytest.mark.parametrize("authorization", ["", "Basic !", "Digest x"])
    def test_must_be_given(self, stripe_sandbox, authorization):
        answer = visit(stripe_sandbox, "/v1/products", headers={"Authorization": authorization})

        assert answer.status == 401

    def test_may_be_a_user_name(self, stripe_sandbox):
        basic = "Basic c2tfdGVzdF8xMjM6"  # sk_test_123:

        assert visit(stripe_sandbox, "/v1/account", headers={"Authorization": basic}).status == 200


class TestError:
    @pytest.mark.parametrize(
        ("params", "code", "param"),
        [
            ({"name": "x", "colour": "red"}, "parameter_unknown", "colour"),
            ({}, "parameter_missing", "name"),
            ({"name": ""}, "parameter_invalid_empty", "name"),
            ({"name": "x", "metadata": {"k" * 41: "v"}}, None, "metadata"),
            (
                {"name": "x", "marketing_features": [{"nam": "y"}]},
                "parameter_unknown",
                "marketing_features[0][nam]",
            ),
        ],
    )
    def test_names_the_parameter(self, stripe_sandbox, params, code, param):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.products.create(params)

        assert refusal.value.http_status == 400
        assert (refusal.value.code, refusal.value.param) == (code, param)

    def test_says_what_the_sandbox_lacks_and_stripe_has(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(
            stripe.InvalidRequestError, match=r"does not support .* shipping_options"
        ):
            make_session(client, shipping_options=[{"shipping_rate": "shr_1"}])

    def test_about_an_object_in_the_path_is_404(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.refunds.retrieve("re_none")

        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")

    def test_about_an_object_in_a_parameter_is_400(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.refunds.create({"charge": "ch_none"})

        assert (refusal.value.http_status, refusal.value.param) == (400, "charge")

    @pytest.mark.parametrize(
        ("params", "param"),
        [
            ({"success_url": "javascript:alert(1)"}, "success_url"),
            ({"success_url": ""}, "success_url"),
            ({"expires_at": 1}, "expires_at"),
            ({"line_items": []}, "line_items"),
            ({"client_reference_id": "x" * 201}, "client_reference_id"),
            ({"customer": "cus_none"}, "customer"),
            ({"line_items": [{"price": "price_none", "quantity": 1}]}, "line_items[0][price]"),
        ],
    )
    def test_refuses_what_a_session_cannot_be(self, stripe_sandbox, params, param):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            make_session(client, **params)

        assert refusal.value.param == param

    def test_leaves_nothing_behind(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        item = {"price_data": {"currency": "usd", "unit_amount": 5, "product_data": {"name": "x"}}}

        with pytest.raises(stripe.InvalidRequestError, match=r"at least \$0\.50"):
            make_session(client, line_items=[{**item, "quantity": 1}])

        assert client.v1.prices.list({"product": "x"}).data == []
        assert len(stripe_sandbox.events("price.created")) == 1  # the unused default price

    @pytest.mark.parametrize(
        ("unit_amount", "quantity", "code"),
        [(49, 1, "amount_too_small"), (50_000_000, 2, "amount_too_large")],
    )
    def test_of_an_amount_that_stripe_does_not_take(
        self, stripe_sandbox, unit_amount, quantity, code
    ):
        client = make_client(stripe_sandbox)
        price = make_price(client, unit_amount=unit_amount)

        with pytest.raises(stripe.InvalidRequestError) as refusal:
            make_session(client, line_items=[{"price": price.id, "quantity": quantity}])

        assert refusal.value.code == code

    def test_of_an_archived_price(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        price = make_price(client)
        client.v1.prices.update(price.id, {"active": False})

        with pytest.raises(stripe.InvalidRequestError, match="inactive"):
            make_session(client, price=price)

    def test_of_an_unknown_address(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
            client.v1.quotes.list()


class TestList:
    def test_pages_by_cursor_in_both_directions(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        ids = [client.v1.customers.create({"name": str(n)}).id for n in range(5)][::-1]

        first = client.v1.customers.list({"limit": 2})
        second = client.v1.customers.list({"limit": 2, "starting_after": first.data[-1].id})
        back = client.v1.customers.list({"limit": 2, "ending_before": second.data[0].id})

        assert [customer.id for customer in first.data + second.data] == ids[:4]
        assert [customer.id for customer in back.data] == ids[:2]
        assert (first.has_more, second.has_more, back.has_more) == (True, True, False)
        assert len(list(client.v1.customers.list({"limit": 2}).auto_paging_iter())) == 5

    def test_filters(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        paid = make_payment(stripe_sandbox, client)
        waiting = make_session(client)
        sessions = client.v1.checkout.sessions
        hour_ago = int(time.time()) - 3600

        def ids(**filters):
            return [session.id for session in sessions.list(filters).data]

        assert ids(payment_intent=paid.payment_intent) == [paid.id]
        assert ids(status="open") == [waiting.id]
        assert ids(created={"gte": hour_ago}) == [waiting.id, paid.id]
        assert ids(created={"lt": hour_ago}) == []
        assert ids(customer="cus_none") == []

    def test_filters_prices_and_products(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        first, second = make_price(client), make_price(client, currency="eur")
        client.v1.prices.update(first.id, {"active": False})

        active = client.v1.prices.list({"active": True}).data
        of_product = client.v1.prices.list({"product": first.product}).data
        named = client.v1.products.list({"ids": [second.product]}).data

        assert [price.id for price in active] == [second.id]
        assert [price.id for price in of_product] == [first.id]
        assert [product.id for product in named] == [second.product]

    def test_filters_events_by_type(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        make_payment(stripe_sandbox, client)

        one = client.v1.events.list({"type": "charge.succeeded"}).data
        two = client.v1.events.list({"types": ["charge.succeeded", "charge.updated"]}).data

        assert [event.type for event in one] == ["charge.succeeded"]
        assert [event.type for event in two] == ["charge.updated", "charge.succeeded"]

    def test_refuses_an_unknown_cursor(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
            client.v1.customers.list({"starting_after": "cus_none"})


class TestExpand:
    def test_follows_ids_four_levels_deep_and_through_lists(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        make_payment(stripe_sandbox, client)
        path = "data.payment_intent.latest_charge.balance_transaction"

        listed = client.v1.checkout.sessions.list({"expand": [path]})

        assert listed.data[0].payment_intent.latest_charge.balance_transaction.type == "charge"

    def test_shows_a_charges_refunds(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        stripe_sandbox.refund(session.payment_intent, 100)

        intent = client.v1.payment_intents.retrieve(
            session.payment_intent, {"expand": ["latest_charge.refunds"]}
        )

        assert [refund.amount for refund in intent.latest_charge.refunds.data] == [100]

    @pytest.mark.parametrize("path", ["status", "nothing", "payment_intent.customer.a.b.c"])
    def test_refuses_what_is_no_id(self, stripe_sandbox, path):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)

        with pytest.raises(stripe.InvalidRequestError, match="expand"):
            client.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})


class TestIdempotencyKey:
    def test_gives_the_first_answer_again(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        options = {"idempotency_key": "one"}

        first = client.v1.products.create({"name": "Starter"}, options)
        again = client.v1.products.create({"name": "Starter"}, options)

        assert first.id == again.id
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        assert again.last_response.headers["Original-Request"] == first.last_response.request_id
        assert len(client.v1.products.list().data) == 1

    def test_gives_the_first_refusal_again(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        params = {"payment_intent": session.payment_intent, "amount": 2000}
        options = {"idempotency_key": "one"}

        for _ in range(2):
            with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
                client.v1.refunds.create(params, options)

        answers = [call["response_headers"] for call in stripe_sandbox.calls("POST", "/v1/refunds")]
        assert answers[1]["Idempotent-Replayed"] == "true"

    def test_refuses_other_parameters_and_another_endpoint(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        options = {"idempotency_key": "one"}
        client.v1.products.create({"name": "Starter"}, options)

        with pytest.raises(stripe.IdempotencyError, match="same parameters"):
            client.v1.products.create({"name": "Other"}, options)
        with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
            client.v1.customers.create({"name": "Other"}, options)

    def test_is_not_used_up_by_a_malformed_call(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        options = {"idempotency_key": "one"}
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.products.create({}, options)

        assert client.v1.products.create({"name": "Starter"}, options).name == "Starter"

    def test_runs_once_when_used_at_once(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        stripe_sandbox.switch(api_slow=0.05)
        ids: list[str] = []

        def create():
            one = make_client(stripe_sandbox)
            ids.append(one.v1.products.create({"name": "x"}, {"idempotency_key": "one"}).id)

        threads = [threading.Thread(target=create) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(ids) == 8
        assert len(set(ids)) == 1
        assert len(client.v1.products.list().data) == 1

    def test_is_named_by_the_event_that_its_call_caused(self, stripe_sandbox):
        client = make_client(stripe_sandbox)

        product = client.v1.products.create({"name": "Starter"}, {"idempotency_key": "one"})

        assert stripe_sandbox.events()[0]["request"] == {
            "id": product.last_response.request_id,
            "idempotency_key": "one",
        }


class TestSwitch:
    def test_slow_outlasts_a_clients_patience(self, stripe_sandbox):
        stripe_sandbox.switch(api_slow=1)
        http = stripe.RequestsClient(timeout=0.1)
        client = make_client(stripe_sandbox, http_client=http)

        with pytest.raises(stripe.APIConnectionError):
            client.v1.products.list()

    def test_status_fails_so_many_calls_that_match(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        stripe_sandbox.switch(api_status=500, api_only="POST /v1/products", api_times=1)

        listed = client.v1.products.list()
        with pytest.raises(stripe.APIError):
            client.v1.products.create({"name": "x"})
        created = client.v1.products.create({"name": "x"})

        assert listed.data == []
        assert created.name == "x"

    def test_status_may_be_the_rate_limit(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        stripe_sandbox.switch(api_status=429)

        with pytest.raises(stripe.RateLimitError):
            client.v1.products.list()

    def test_down_closes_the_connection(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        stripe_sandbox.switch(api_down=True)

        with pytest.raises(stripe.APIConnectionError):
            client.v1.products.list()

    def test_hang_after_effect_has_done_what_was_asked(self, stripe_sandbox):
        stripe_sandbox.switch(api_hang_after_effect=3, api_times=1)
        http = stripe.RequestsClient(timeout=1)
        client = make_client(stripe_sandbox, http_client=http)
        options = {"idempotency_key": "one"}

        with pytest.raises(stripe.APIConnectionError):
            client.v1.products.create({"name": "x"}, options)
        again = client.v1.products.create({"name": "x"}, options)

        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        assert len(stripe_sandbox.events("product.created")) == 1

    def test_of_an_unknown_name_or_kind_is_refused(self, stripe_sandbox):
        for values in ({"colour": 1}, {"api_slow": "much"}, {"api_slow": -1}, {"api_down": 1}):
            with pytest.raises(Exception, match="switch"):
                stripe_sandbox.switch(**values)


class TestControl:
    def test_takes_no_form_of_another_sites_page(self, stripe_sandbox):
        for action in ("reset", "switch"):
            assert visit(stripe_sandbox, f"/_sandbox/{action}", form={}).status == 415

    def test_says_which_acts_there_are(self, stripe_sandbox):
        with pytest.raises(Refused, match=r"There is no action dance; there are advance"):
            stripe_sandbox.do("dance")

    def test_says_which_values_an_act_wants(self, stripe_sandbox):
        with pytest.raises(Refused, match="missing a required argument: 'session'"):
            stripe_sandbox.do("pay")


class TestAccount:
    def test_is_in_test_mode(self, stripe_sandbox):
        account = make_client(stripe_sandbox).v1.accounts.retrieve_current()

        assert account.id.startswith("acct_")
        assert account.charges_enabled

    def test_balance_is_what_was_paid_less_fees_and_refunds(self, stripe_sandbox):
        client = make_client(stripe_sandbox)
        session = make_payment(stripe_sandbox, client)
        stripe_sandbox.refund(session.id, 300)

        balance = client.v1.balance.retrieve()

        assert balance.available[0].amount == 1000 - 59 - 300
