"""Faults in refunds that staff ask for."""

from tests.mutants.fault import Fault

FAULTS = (
    Fault(
        "anybody sends money back",
        "billing/refunds.py",
        "    permissions.require(requested_by, permissions.ISSUE_REFUND)\n    with settling",
        "    with settling",
        "billing/test_refunds.py::TestPermission",
    ),
    Fault(
        "anybody resolves a refund",
        "billing/refunds.py",
        "permissions.require(by, permissions.ISSUE_REFUND)",
        "pass",
        "billing/test_refunds.py::TestPermission",
    ),
    Fault(
        "a form that refunded one purchase answers for another",
        "billing/refunds.py",
        "if (known.payment_id, known.unit_amount) != (payment.pk, unit_amount):",
        "if known.unit_amount != unit_amount:",
        "billing/test_refunds.py::TestRequest",
    ),
    Fault(
        "a form may be used again for another amount",
        "billing/refunds.py",
        "if (known.payment_id, known.unit_amount) != (payment.pk, unit_amount):",
        "if known.payment_id != payment.pk:",
        "billing/test_refunds.py::TestRequest",
    ),
    Fault(
        "one cent more than is left is refunded",
        "billing/refunds.py",
        "if not 0 < unit_amount <= left:",
        "if not 0 < unit_amount <= left + 1:",
        "billing/test_refunds.py::TestRequest",
    ),
    Fault(
        "all that is left cannot be refunded",
        "billing/refunds.py",
        "if not 0 < unit_amount <= left:",
        "if not 0 < unit_amount < left:",
        "billing/test_refunds.py billing/staff/test_quarantine.py::TestRefund",
    ),
    Fault(
        "no answer counts as a refusal",
        "billing/refunds.py",
        "        return refund\n    except stripe_gateway.GatewayRefused",
        "        return _release(refund, why=str(error))\n    except stripe_gateway.GatewayRefused",
        "billing/test_refunds.py::TestRequest",
    ),
    Fault(
        "a refund is sent before it is written down",
        "billing/refunds.py",
        "        return write_down(\n"
        "            locked, unit_amount=unit_amount, reason=reason,"
        " requested_by=requested_by, nonce=nonce\n"
        "        )\n",
        "        return submit(\n"
        "            write_down(locked, unit_amount=unit_amount, reason=reason,"
        " requested_by=requested_by, nonce=nonce)\n"
        "        )\n",
        "billing/test_asking_stripe.py",
    ),
    Fault(
        "a refund whose answer was lost is sent again",
        "billing/refunds.py",
        "return _record(refund, snapshot) if snapshot else _send(refund, look_first=False)",
        "return _send(refund, look_first=False)",
        "billing/test_refunds.py::TestResolve",
    ),
    Fault(
        "a late refusal overwrites a refund that was made",
        "billing/settlement/facts.py",
        "    if refund.status == Refund.Status.REQUESTED:\n        refund.status",
        "    if True:\n        refund.status",
        "billing/test_refunds.py::TestLateRefusal",
    ),
    Fault(
        "what a bank has taken can be refunded",
        "billing/refunds.py",
        "payment.amount_received - movements.refunded - movements.withdrawn",
        "payment.amount_received - movements.refunded",
        "billing/settlement/test_disputes.py::TestWithRefunds",
    ),
    Fault(
        "a preview takes back more than is there",
        "billing/refunds.py",
        "max(0, min(target - taken_back, left))",
        "max(0, target - taken_back)",
        "billing/test_refunds.py::TestPreview",
    ),
    Fault(
        "money that a bank holds is refunded",
        "billing/refunds.py",
        "    if dispute := holding(payment):\n        raise PaymentDisputed(dispute)\n",
        "",
        "billing/test_refunds.py::TestDisputed",
    ),
    Fault(
        "an inquiry keeps money from being refunded",
        "billing/refunds.py",
        "if each.state.holds_money]",
        "if each.pk]",
        "billing/test_refunds.py::TestDisputed",
    ),
    Fault(
        "a disputed purchase stands as paid",
        "billing/models/display_states.py",
        "        _when(state.DISPUTED, disputed),\n",
        "",
        "billing/models/test_display_states.py",
    ),
    Fault(
        "a buyer whose payment is looked at reads that nothing was paid",
        "billing/models/display_states.py",
        "        _when(state.CHECKING, set_aside),\n",
        "",
        "billing/models/test_display_states.py",
    ),
    Fault(
        "a refund is asked for with another key each time",
        "billing/stripe_gateway/refunding.py",
        'f"refund:{refund_uuid}"',
        "f\"refund:{__import__('uuid').uuid4()}\"",
        "billing/test_refunds.py::TestRequest",
    ),
    Fault(
        "equal refunds have one key",
        "billing/stripe_gateway/refunding.py",
        'f"refund:{refund_uuid}"',
        'f"refund:{payment_intent_id}:{unit_amount}"',
        "billing/test_refunds.py::TestRequest",
    ),
    Fault(
        "any refund of the payment is taken for the one that is looked for",
        "billing/stripe_gateway/refunding.py",
        "if read.refund_uuid == refund_uuid:",
        "if read.id:",
        "billing/test_refunds.py::TestResolve",
    ),
    Fault(
        "Stripe is not told which refund of ours it makes",
        "billing/stripe_gateway/refunding.py",
        '"metadata": {"refund_id": refund_uuid},',
        '"metadata": {},',
        "billing/test_refunds.py::TestRequest",
    ),
    Fault(
        "all of the payment is sent back",
        "billing/stripe_gateway/refunding.py",
        '"amount": unit_amount,',
        "",
        "billing/test_refunds.py::TestRequest",
    ),
)
