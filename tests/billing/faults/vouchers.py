"""Faults in vouchers, and in how often a code may be tried."""

from tests.mutants.fault import Fault

VERBS = "billing/vouchers/test_redeeming.py"

FAULTS = (
    Fault(
        "a second code of a batch is found out by more work",
        "billing/vouchers/redeeming.py",
        "Q(voucher__digest=digest) | Q(once_a_person=True, batch__in=of_batch)",
        "Q(voucher__digest=digest)",
        f"{VERBS}::TestARefusal",
    ),
    Fault(
        "a voucher is redeemed by the unverified",
        "billing/vouchers/redeeming.py",
        "    users.require_verified_email(user)\n",
        "",
        f"{VERBS}::TestRedeem",
    ),
    Fault(
        "attempts are not counted",
        "billing/vouchers/redeeming.py",
        "    _count(user, address)\n",
        "",
        f"{VERBS}::TestGuessing",
    ),
    Fault(
        "attempts from an address are not counted",
        "billing/vouchers/redeeming.py",
        "    if address:\n",
        "    if not address:\n",
        f"{VERBS}::TestGuessing",
    ),
    Fault(
        "a use is not counted",
        "billing/vouchers/redeeming.py",
        '.update(redeemed=F("redeemed") + 1)',
        ".count()",
        f"{VERBS}::TestRedeem",
    ),
    Fault(
        "an old number of uses is written back",
        "billing/vouchers/redeeming.py",
        '.update(redeemed=F("redeemed") + 1)',
        ".update(redeemed=voucher.redeemed + 1)",
        "billing/vouchers/test_races.py::TestRedeem",
    ),
    Fault(
        "a use is counted without its credits",
        "billing/vouchers/redeeming.py",
        "@transaction.atomic\ndef _take",
        "def _take",
        "billing/vouchers/test_races.py::TestRedeem",
    ),
    Fault(
        "a code that was switched off is redeemed",
        "billing/vouchers/redeeming.py",
        "voucher.is_active and voucher.redeemed",
        "voucher.redeemed",
        f"{VERBS}::TestARefusal",
    ),
    Fault(
        "a batch that is over is redeemed",
        "billing/vouchers/redeeming.py",
        " and voucher.batch.is_open(at)",
        "",
        f"{VERBS}::TestARefusal",
    ),
    Fault(
        "the source is the voucher's alone",
        "billing/vouchers/redeeming.py",
        'f"voucher:{voucher.pk}:{account.pk}"',
        'f"voucher:{voucher.pk}"',
        f"{VERBS}::TestRedeem",
    ),
    Fault(
        "credits of a voucher last forever",
        "billing/vouchers/redeeming.py",
        "at + timedelta(days=days) if days else None",
        "None",
        f"{VERBS}::TestRedeem",
    ),
    Fault(
        "codes are exported again and again",
        "billing/vouchers/making.py",
        "    batch.seed = None\n    batch.exported_at",
        "    batch.exported_at",
        "billing/vouchers/test_making.py::TestExport",
    ),
    Fault(
        "codes are exported by anybody",
        "billing/vouchers/making.py",
        "    permissions.require(by, EXPORT)\n",
        "",
        "billing/vouchers/test_making.py::TestExport",
    ),
    Fault(
        "vouchers are made by anybody",
        "billing/vouchers/making.py",
        "    permissions.require(by, MAKE)\n",
        "",
        "billing/vouchers/test_making.py::TestMakeBatch",
    ),
    Fault(
        "an exported code runs as a formula",
        "credits/spreadsheets.py",
        "map(_cells, chunk)",
        "chunk",
        "billing/admin/test_vouchers.py::TestExport",
    ),
    Fault(
        "an attempt is let pass once too often",
        "billing/vouchers/attempts.py",
        "    if attempts > most:\n",
        "    if attempts > most + 1:\n",
        "billing/vouchers/test_attempts.py::TestCount",
    ),
    Fault(
        "a visitor says where they come from",
        "billing/views/client.py",
        "seen[-proxies]",
        "seen[0]",
        "billing/views/test_redeem.py::TestRedeem",
    ),
)
