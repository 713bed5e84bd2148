"""Faults in comparing Stripe with this site."""

from tests.mutants.fault import Fault

FAULTS = (
    Fault(
        "what staff decided is found again",
        "billing/reconciliation/sessions.py",
        "if found and not _is_decided(purchase, self.session):",
        "if found:",
        "billing/reconciliation/test_sessions.py::TestSessions",
    ),
    Fault(
        "a payment that staff sent back is granted",
        "billing/reconciliation/sessions.py",
        "if not _went_back(session):",
        "if session.id:",
        "billing/reconciliation/test_sessions.py::TestSessions",
    ),
    Fault(
        "an old purchase that still waits is forgotten",
        "billing/reconciliation/sessions.py",
        "Purchase.objects.filter(recent | overdue, livemode",
        "Purchase.objects.filter(recent, livemode",
        "billing/reconciliation/test_sessions.py::TestSessions",
    ),
    Fault(
        "a bank that did not pay is waited for",
        "billing/reconciliation/sessions.py",
        "if status in UNPAID:",
        "if not status:",
        "billing/reconciliation/test_sessions.py::TestSessions",
    ),
    Fault(
        "events that failed are not tried again",
        "billing/reconciliation/events.py",
        "            state__in=StripeEvent.TAKEN_IN,\n",
        "",
        "billing/reconciliation/test_events.py::TestEvents",
    ),
    Fault(
        "a refund of another amount is settled without a word",
        "billing/reconciliation/refunds.py",
        "elif (refund.unit_amount, refund.currency) != (snapshot.amount, snapshot.currency):",
        "elif refund.currency != snapshot.currency:",
        "billing/reconciliation/test_refunds.py::TestRefunds",
    ),
    Fault(
        "a refund that waits for long is forgotten",
        "billing/reconciliation/refunds.py",
        " | Q(status=Refund.Status.PENDING)",
        "",
        "billing/reconciliation/test_refunds.py::TestRefunds",
    ),
    Fault(
        "a refund that is being answered just now is sent again",
        "billing/reconciliation/refunds.py",
        "unknown = rows.unanswered(before=timezone.now() - patience)",
        "unknown = rows.unanswered(before=timezone.now())",
        "billing/reconciliation/test_reconcile.py billing/reconciliation/test_refunds.py"
        " billing/reconciliation/test_jobs.py",
    ),
    Fault(
        "an old dispute is not asked about",
        "billing/reconciliation/disputes.py",
        "Dispute.objects.filter(recent | undecided, payment",
        "Dispute.objects.filter(recent, payment",
        "billing/reconciliation/test_disputes.py::TestDisputes",
    ),
    Fault(
        "lots are not held against their money",
        "billing/reconciliation/payments.py",
        "if lot.clawback_target == target:",
        "if lot.clawback_target >= 0:",
        "billing/reconciliation/test_payments.py::TestLots",
    ),
    Fault(
        "a look repairs",
        "billing/reconciliation/__init__.py",
        "if repair and difference.repair:",
        "if difference.repair:",
        "billing/reconciliation/test_command.py::TestCommand",
    ),
    Fault(
        "a purchase is made again for somebody who signed up later",
        "billing/reconciliation/restoring.py",
        "if since > _began(session):",
        "if since > _began(session) + timedelta(days=9999):",
        "billing/reconciliation/test_restored_database.py::TestRestoredDatabase",
    ),
    Fault(
        "a purchase is made again of a plan that was edited since",
        "billing/reconciliation/restoring.py",
        "if price.plan.updated_at > _began(session):",
        "if price.plan.updated_at is None:",
        "billing/reconciliation/test_restored_database.py::TestRestoredDatabase",
    ),
    Fault(
        "a purchase is made again for a session that breaks a rule",
        "billing/reconciliation/restoring.py",
        "        raise Doubtful(broken.message)\n",
        "        del broken\n",
        "billing/settlement/test_session_rules.py",
    ),
)
