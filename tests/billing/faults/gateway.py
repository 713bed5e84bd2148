"""Faults in what is read of Stripe's objects, and in what its errors become."""

from tests.mutants.fault import Fault

FAULTS = (
    Fault(
        "an open session for which nothing is to be paid is paid",
        "billing/stripe_gateway/objects/sessions.py",
        'return self.is_paid or (self.is_free and self.status == "complete")',
        "return self.is_paid or self.is_free",
        "billing/webhooks/test_contradictions.py::TestFree",
    ),
    Fault(
        "the sum before a discount is read as what was paid",
        "billing/stripe_gateway/objects/sessions.py",
        'amount_total=read_amount(data, "amount_total", default=0)',
        'amount_total=read_amount(data, "amount_subtotal", default=0)',
        "billing/test_fulfilment.py::TestFulfil",
    ),
    Fault(
        "what a charge was for is read as what it captured",
        "billing/stripe_gateway/objects/charges.py",
        'read_amount(data, "amount_captured", default=0)',
        'read_amount(data, "amount", default=0)',
        "billing/stripe_gateway/test_objects.py",
    ),
    Fault(
        "a truth counts as an amount",
        "billing/stripe_gateway/objects/fields.py",
        "if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value"
        " < LARGEST_AMOUNT:",
        "if not isinstance(value, int) or not 0 <= value < LARGEST_AMOUNT:",
        "billing/stripe_gateway/test_objects.py",
    ),
    Fault(
        "an amount may be below nothing",
        "billing/stripe_gateway/objects/fields.py",
        "not 0 <= value < LARGEST_AMOUNT",
        "not value < LARGEST_AMOUNT",
        "billing/stripe_gateway/test_objects.py",
    ),
    Fault(
        "a blank is an id",
        "billing/stripe_gateway/objects/fields.py",
        "if not STRIPE_ID.fullmatch(found):",
        "if not isinstance(found, str):",
        "billing/stripe_gateway/test_objects.py billing/webhooks/test_inbox.py::TestOddObjects",
    ),
    Fault(
        "a dispute's money is read without its sign",
        "billing/stripe_gateway/objects/disputes.py",
        "                yield value\n",
        "                yield abs(value)\n",
        "billing/settlement/test_disputes.py::TestChargeback",
    ),
    Fault(
        "a refund of ours is not known by its metadata",
        "billing/stripe_gateway/objects/refunds.py",
        'read_metadata(data).get("refund_id")',
        'read_metadata(data).get("refund")',
        "billing/test_refunds.py::TestRequest",
    ),
    Fault(
        "too many calls are a refusal",
        "billing/stripe_gateway/calling.py",
        "except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:",
        "except (stripe.APIConnectionError, stripe.APIError) as error:",
        "billing/stripe_gateway/test_calling.py",
    ),
    Fault(
        "what is not there was refused",
        "billing/stripe_gateway/calling.py",
        'kind = GatewayMissing if error.code == "resource_missing" else GatewayRefused',
        "kind = GatewayRefused",
        "billing/stripe_gateway/test_calling.py",
    ),
    Fault(
        "a refusal does not name what was wrong",
        "billing/stripe_gateway/calling.py",
        'param=error.param or ""',
        'param=""',
        "billing/stripe_gateway/test_calling.py",
    ),
    Fault(
        "a call that another tab makes just now fails at once",
        "billing/stripe_gateway/calling.py",
        "            if error.http_status != HTTPStatus.CONFLICT:\n                raise\n",
        "            raise\n",
        "billing/test_checkout.py::TestStripeInTrouble",
    ),
    Fault(
        "a list ends with its first page",
        "billing/stripe_gateway/calling.py",
        'if not page.data["has_more"]:',
        "if page.data:",
        "billing/stripe_gateway/test_calling.py::TestLists",
    ),
    Fault(
        "one odd object hides its page",
        "billing/stripe_gateway/reading.py",
        "        except MalformedObject as error:\n            log",
        "        except StopIteration as error:\n            log",
        "billing/reconciliation/test_reconcile.py::TestTrouble",
    ),
)
