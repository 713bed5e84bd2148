"""Faults in erasing people, and in what is kept of Stripe's payloads."""

from tests.mutants.fault import Fault

FAULTS = (
    Fault(
        "an account keeps its owner",
        "billing/privacy/erasure.py",
        "    Account.objects.filter(user_id=user.pk).update(user=None)\n",
        "",
        "billing/privacy/test_erasure.py::TestErase",
    ),
    Fault(
        "receipts stay",
        "billing/privacy/erasure.py",
        'payments.exclude(receipt_url="").update(receipt_url="")',
        'payments.exclude(receipt_url="").count()',
        "billing/privacy/test_erasure.py::TestErase",
    ),
    Fault(
        "what a customer did elsewhere stays in payloads",
        "billing/privacy/erasure.py",
        "            | Q(payload__data__object__customer__in=customer_ids)\n",
        "",
        "billing/privacy/test_erasure.py::TestErase",
    ),
    Fault(
        "a dry run erases",
        "billing/privacy/erasure.py",
        "        transaction.set_rollback(dry_run)\n",
        "",
        "billing/privacy/test_erasure.py::TestCommand",
    ),
    Fault(
        "the person stays logged in",
        "billing/privacy/erasure.py",
        "users.end_sessions(user)",
        "0",
        "billing/privacy/test_erasure.py::TestErase",
    ),
    Fault(
        "staff's log stays",
        "billing/privacy/erasure.py",
        "log_ins.clear_staff_log(user)",
        "0",
        "billing/privacy/test_erasure.py::TestErase",
    ),
    Fault(
        "what nobody may change is not reported",
        "billing/privacy/text_search.py",
        "    return count, found\n",
        "    return count, []\n",
        "billing/privacy/test_erasure.py::TestErase",
    ),
    Fault(
        "what comes in while a person is erased stays",
        "billing/privacy/text_search.py",
        "ROUNDS: Final = 3",
        "ROUNDS: Final = 1",
        "billing/privacy/test_erasure.py::TestErase",
    ),
    Fault(
        "what staff has yet to decide loses its payload",
        "billing/privacy/retention.py",
        "StripeEvent.objects.finished().filter(received_at__lt=before)",
        "StripeEvent.objects.filter(received_at__lt=before)",
        "billing/privacy/test_retention.py",
    ),
    Fault(
        "what is younger loses its payload",
        "billing/privacy/retention.py",
        "StripeEvent.objects.finished().filter(received_at__lt=before)",
        "StripeEvent.objects.finished()",
        "billing/privacy/test_retention.py",
    ),
    Fault(
        "a payload is reduced again each night",
        "billing/privacy/retention.py",
        "    events = events.exclude(payload__has_key=MARK)\n    if dry_run",
        "    if dry_run",
        "billing/privacy/test_retention.py",
    ),
    Fault(
        "news of an erased person that comes late is kept",
        "billing/privacy/retention.py",
        "for rows in (old, late))",
        "for rows in (old,))",
        "billing/privacy/test_erasure.py::TestErase",
    ),
    Fault(
        "an address stays in a payload",
        "billing/privacy/redaction.py",
        '        "reason",\n',
        '        "reason",\n        "receipt_email",\n',
        "billing/privacy/test_redaction.py",
    ),
    Fault(
        "power stays with who was erased",
        "billing/privacy/log_ins.py",
        'elif field.name in {"is_active", "is_staff", "is_superuser"}:',
        'elif field.name in {"is_active"}:',
        "billing/privacy/test_log_ins.py billing/privacy/test_erasure.py",
    ),
)
