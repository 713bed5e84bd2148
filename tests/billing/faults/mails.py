"""Faults in who is written to of what, and in how somebody ends it."""

from tests.mutants.fault import Fault

MONEY = "billing/mails/test_money.py"

FAULTS = (
    Fault(
        "nobody hears that credits arrived",
        "billing/settlement/news.py",
        "    for kind, fact in _mails(signal, row):\n",
        "    for kind, fact in ():\n",
        f"{MONEY}::TestCreditsArrived",
    ),
    Fault(
        "a repeated fact is mailed again",
        "billing/settlement/news.py",
        'f"{kind}:{fact}"',
        'f"{kind}:{fact}:{now}"',
        f"{MONEY}::TestManyAtOnce",
    ),
    Fault(
        "an inquiry is called a dispute",
        "billing/settlement/news.py",
        "signals.dispute_opened and not row.state.is_inquiry",
        "signals.dispute_opened",
        f"{MONEY}::TestMoneyBack",
    ),
    Fault(
        "a failed refund is called made",
        "billing/settlement/news.py",
        "Kind.REFUND_FAILED if row.has_failed else Kind.PAYMENT_REFUNDED",
        "Kind.PAYMENT_REFUNDED",
        f"{MONEY}::TestMoneyBack",
    ),
    Fault(
        "credits that went back again have arrived",
        "billing/mails/contents.py",
        "lot is None or lot.clawback_target == lot.granted",
        "lot is None",
        f"{MONEY}::TestCreditsArrived",
    ),
    Fault(
        "who never heard of a refund hears that it failed",
        "billing/mails/contents.py",
        "not refund.has_failed or not sent.exists()",
        "not refund.has_failed",
        f"{MONEY}::TestMoneyBack",
    ),
    Fault(
        "two purchases share one mail",
        "billing/mails/outbox.py",
        "    if first.kind in OutgoingMail.GATHERED:\n",
        "    if first.kind:\n",
        f"{MONEY}::TestCreditsArrived",
    ),
    Fault(
        "what was switched off is mailed",
        "billing/mails/writing.py",
        "        and users.wants(user, kind)\n",
        "",
        "billing/mails/test_unsubscribing.py::TestOneClick",
    ),
    Fault(
        "a look switches mails off",
        "billing/views/notifications.py",
        'is_done = request.method == "POST"',
        "is_done = True",
        "billing/mails/test_unsubscribing.py::TestALook",
    ),
    Fault(
        "mails about money are switched off by a link",
        "billing/mails/unsubscribing.py",
        "    if kind not in OutgoingMail.SWITCHED:\n        raise BadLink\n",
        "",
        "billing/mails/test_unsubscribing.py::TestAnotherLink",
    ),
    Fault(
        "one click needs a cookie",
        "billing/views/notifications.py",
        "@csrf_exempt  # a mail program has no cookie of ours; the link itself is signed\n",
        "",
        "billing/mails/test_unsubscribing.py::TestOneClick",
    ),
)
