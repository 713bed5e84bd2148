"""Faults in the API, each noticed by the tests named beside it: `make mutants`."""

from tests.mutants.fault import Fault

FAULTS = (
    Fault(
        "two clients share their Idempotency-Keys",
        "api/v1/idempotency.py",
        '    return f"api:{caller.client}:{key}"\n',
        '    return f"api:{key}"\n',
        "api/v1/test_spending.py::TestSpend",
    ),
    Fault(
        "a new key of a client spends again what an old one has spent",
        "api/v1/idempotency.py",
        '    return f"api:{caller.client}:{key}"\n',
        '    return f"api:{caller.key_id}:{key}"\n',
        "api/v1/test_spending.py::TestSpend",
    ),
    Fault(
        "another request with the same key gets the first answer",
        "api/v1/spending.py",
        "    idempotency.check_words(spent, body)\n",
        "",
        "api/v1/test_spending.py::TestSpend",
    ),
    Fault(
        "one of many spends gets the answer of another request",
        "api/v1/spending.py",
        "        idempotency.check_words(found, one)\n",
        "",
        "api/v1/test_spending.py::TestSpendMany",
    ),
    Fault(
        "a hold that is to last longer is the same hold",
        "api/v1/holding.py",
        "    idempotency.check_digest(held.transaction, body)\n",
        "",
        "api/v1/test_holding.py::TestHold",
    ),
    Fault(
        "a grant that expires otherwise is the same grant",
        "api/v1/granting.py",
        "    idempotency.check_digest(granted, body)\n",
        "",
        "api/v1/test_granting.py",
    ),
    Fault(
        "a key to one account spends from any",
        "api/v1/access.py",
        "    if own is not None and number not in {None, own}:\n",
        "    if own is not None and False:\n",
        "api/v1/test_access.py::TestAccount",
    ),
    Fault(
        "a key to one account sees the transactions of any",
        "api/v1/references.py",
        "    if caller.account_id not in {None, name.account_id}:\n",
        "    if False:\n",
        "api/v1/test_spending.py::TestGiveBack api/v1/test_holding.py::TestOfAnotherAccount",
    ),
    Fault(
        "every key may do everything",
        "api/v1/access.py",
        "        if self.scope not in caller.scopes:\n",
        "        if False:\n",
        "api/v1/test_access.py::TestScope",
    ),
    Fault(
        "any secret opens a key",
        "api/keys.py",
        "    if not compare_digest(digest, _digest(secret)) or not rows:\n",
        "    if not rows:\n",
        "api/test_keys.py::TestFind",
    ),
    Fault(
        "a revoked key opens everything",
        "api/keys.py",
        "    if is_revoked:\n",
        "    if False:\n",
        "api/test_keys.py::TestFind",
    ),
    Fault(
        "an expired key opens everything",
        "api/keys.py",
        "    if is_expired:\n",
        "    if False:\n",
        "api/test_keys.py::TestFind",
    ),
    Fault(
        "people make keys that spend",
        "api/views/own_keys.py",
        "                scopes=[Scope.READ.value],\n",
        "                scopes=Scope.values,\n",
        "api/views/test_own_keys.py",
    ),
    Fault(
        "the keys of an erased person go on reading",
        "api/erasing.py",
        "    theirs.filter(revoked_at=None).update(",
        "    theirs.filter(revoked_at=None)[:0] or dict(",
        "api/test_erasing.py",
    ),
)
