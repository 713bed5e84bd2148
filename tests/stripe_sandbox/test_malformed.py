"""Whatever is sent to the API, its answer is one of Stripe's, and a refusal leaves no trace."""

import json
import re
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from stripe_sandbox.api import dispatch
from stripe_sandbox.api.dispatch import ROUTES, Asked
from stripe_sandbox.state.store import Store
from stripe_sandbox.state.world import World

KEY = {"Authorization": "Bearer sk_test_1"}
NAMES = sorted({name for route in ROUTES for name in route.form.of})
INNER = ["price", "price_data", "quantity", "currency", "unit_amount", "product_data", "name"]
IDS = ["cus_none", "prod_none", "x", "%00", "..", "evt_1", "a" * 300]

values = st.one_of(
    st.text(max_size=12),
    st.integers().map(str),
    st.sampled_from(
        ["", "true", "usd", "card", "payment", "pm_card_visa", "https://x", "prod_none"]
    ),
)
keys = st.one_of(st.sampled_from([*INNER, "", "0", "1", "gte"]), st.text(max_size=5))
names = st.builds(
    lambda name, inner: name + "".join(f"[{key}]" for key in inner),
    st.one_of(st.sampled_from(NAMES), st.text(max_size=8)),
    st.lists(keys, max_size=3),
)
forms = st.lists(st.tuples(names, values), max_size=8).map(
    lambda pairs: "&".join(f"{quote(name, safe='[]')}={quote(value)}" for name, value in pairs)
)


class TestMalformedCall:
    @settings(max_examples=300, deadline=None)
    @given(route=st.sampled_from(ROUTES), id=st.sampled_from(IDS), form=st.one_of(forms, st.text()))
    def test_is_answered(self, route, id, form):
        world = World(Store(), "http://127.0.0.1:1")
        path = route.path.replace("{id}", id)

        answer = dispatch.answer(world, Asked(route.method, path, form, form, KEY))

        json.dumps(answer.body)
        assert answer.status in {200, 400, 402, 404}
        if answer.status != 200:
            assert answer.body["error"]["message"]
            assert re.fullmatch(r"\w+_error", answer.body["error"]["type"])
        if answer.status in {400, 404}:
            assert world.store.all("event") == []
        world.store.close()

    def test_with_an_empty_list_of_types_lists_every_event(self):
        world = World(Store(), "http://127.0.0.1:1")
        dispatch.answer(world, Asked("POST", "/v1/products", "", "name=x", KEY))

        answer = dispatch.answer(world, Asked("GET", "/v1/events", "types=", "", KEY))

        assert [event["type"] for event in answer.body["data"]] == ["product.created"]
        world.store.close()
