"""Faults in what a process refuses to begin with, and in what staff must show."""

from tests.mutants.fault import Fault

SERVING = "config/test_serving.py"
STAFF = "config/test_staff_access.py"

FAULTS = (
    Fault(
        "what cannot be read is not said",
        "config/serving.py",
        "problems = list(unread)",
        "problems = list(unread)[:0]",
        f"{SERVING}::TestWebProcess::test_names_all_that_cannot_be_at_once_and_says_no_value",
    ),
    Fault(
        "a site with its pages' files is refused",
        "config/serving.py",
        "    if not storage.exists(storage.manifest_name):\n",
        "    if storage.exists(storage.manifest_name):\n",
        f"{SERVING}::TestWebProcess::test_serves_what_can_be_right",
    ),
    Fault(
        "staff need no second factor",
        "config/staff_access.py",
        'settings.STAFF_SECOND_FACTOR and not proofs.records(request, "mfa")',
        'settings.STAFF_SECOND_FACTOR and not proofs.records(request, "password")',
        f"{STAFF}::TestSigningIn",
    ),
    Fault(
        "nobody is asked once more",
        "config/staff_access.py",
        'request.method != "POST" or not minutes',
        'request.method == "POST" or not minutes',
        f"{STAFF}::TestOnceMore",
    ),
)
