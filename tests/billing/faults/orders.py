"""Faults in how many of a plan, or for how much, is sold; and in the one purchase at checkout."""

from tests.mutants.fault import Fault

FAULTS = (
    Fault(
        "one more than the plan allows can be bought",
        "billing/catalog/orders.py",
        "if not 1 <= quantity <= most:",
        "if not 1 <= quantity <= most + 1:",
        "billing/test_checkout.py::TestOrders",
    ),
    Fault(
        "a number that Stripe does not charge can be bought",
        "billing/catalog/orders.py",
        "return min(price.plan.quantity_maximum, money.LARGEST_CHARGE // price.unit_amount)",
        "return price.plan.quantity_maximum",
        "billing/test_checkout.py::TestOrders",
    ),
    Fault(
        "an amount between two steps can be chosen",
        "billing/catalog/orders.py",
        " and (amount - minimum) % step == 0",
        "",
        "billing/test_checkout.py::TestOrders",
    ),
    Fault(
        "an amount that pays for no credit can be chosen",
        "billing/catalog/orders.py",
        "return is_a_step and price.plan.total_credits * amount >= price.unit_amount",
        "return is_a_step",
        "billing/test_checkout.py::TestOrders",
    ),
    Fault(
        "several of a plan bring the credits of one",
        "billing/models/ordering.py",
        '"credits": offered * chosen * quantity // price.unit_amount,',
        '"credits": offered * chosen // price.unit_amount,',
        "billing/test_checkout.py::TestOrders",
    ),
    Fault(
        "parts of a credit are rounded up",
        "billing/models/ordering.py",
        '"credits": offered * chosen * quantity // price.unit_amount,',
        '"credits": -(-offered * chosen * quantity // price.unit_amount),',
        "billing/test_checkout.py::TestOrders",
    ),
    Fault(
        "Stripe is asked for one of several",
        "billing/stripe_gateway/sessions.py",
        '"quantity": new.quantity}],',
        '"quantity": 1}],',
        "billing/test_checkout.py::TestOrders",
    ),
    Fault(
        "a session is held against the price of one",
        "billing/settlement/session_rules.py",
        "return case.purchase.amount_subtotal, case.session.amount_subtotal",
        "return case.purchase.unit_amount, case.session.amount_subtotal",
        "billing/test_refunds.py::TestRefundsOfOrders",
    ),
    Fault(
        "each form opens a page of its own",
        "billing/checkout.py",
        "waiting = account.purchases.at_checkout(price).first()",
        "waiting = None",
        "billing/test_checkout.py::TestStart",
    ),
    Fault(
        "a page of other terms is taken for the one that is wanted",
        "billing/checkout.py",
        " or not waiting.promises(promised)",
        "",
        "billing/test_checkout.py::TestPressingAgain",
    ),
    Fault(
        "a page that has ended is led to",
        "billing/checkout.py",
        "return fulfilment.refresh(purchase).status == Purchase.Status.OPEN",
        "return True",
        "billing/test_checkout.py::TestPressingAgain",
    ),
    Fault(
        "a canceled purchase's page stays open at Stripe",
        "billing/canceling.py",
        "        session = stripe_gateway.expire_checkout_session(session_id)\n",
        "        session = stripe_gateway.retrieve_checkout_session(session_id)\n",
        "billing/test_canceling.py",
    ),
    Fault(
        "canceling forgets a page whose answer was lost",
        "billing/canceling.py",
        "        session_id = lost.id if lost else None\n",
        "        session_id = None\n",
        "billing/test_canceling.py",
    ),
    Fault(
        "a price by amount is sold by its first amount for ever",
        "billing/catalog/publishing.py",
        '        "amount_maximum": amounts and amounts.maximum,\n',
        '        "amount_maximum": amounts and amounts.minimum,\n',
        "billing/test_catalog.py",
    ),
)
