"""Faults in what tells services elsewhere."""

from tests.mutants.fault import Fault

FAULTS = (
    Fault(
        "an event is written for a type that nobody told of",
        "api/models/endpoints.py",
        "Q(event_types=[]) | Q(event_types__contains=[type]),",
        "",
        "api/outgoing/test_recording.py::TestWhoIsTold",
    ),
    Fault(
        "an account's endpoint hears of every account",
        "api/models/endpoints.py",
        "Q(account=None) | Q(account=account_id),",
        "",
        "api/outgoing/test_recording.py::TestWhoIsTold",
    ),
    Fault(
        "the account is not locked",
        "api/outgoing/recording.py",
        "    Account.objects.select_for_update(no_key=True).get(pk=news.account.pk)\n",
        "",
        "api/outgoing/test_recording.py::TestTransaction",
    ),
    Fault(
        "a later event of an account overtakes an earlier one",
        "api/outgoing/claims.py",
        "if head is None or head.pk == delivery.pk:",
        "if True:",
        "api/outgoing/test_delivering.py::TestOrder",
    ),
    Fault(
        "an endpoint is claimed by two",
        "api/outgoing/claims.py",
        "WebhookEndpoint.objects.filter(_is_free(at), pk=endpoint.pk, is_active=True).update(",
        "WebhookEndpoint.objects.filter(pk=endpoint.pk, is_active=True).update(",
        "api/outgoing/test_side_by_side.py::TestSideBySide",
    ),
    Fault(
        "a dead endpoint is tried for each event",
        "api/outgoing/outcomes.py",
        "endpoint.paused_until = at + pause_of_endpoint(endpoint.failures)",
        "pass",
        "api/outgoing/test_delivering.py::TestDeadReceiver",
    ),
    Fault(
        "a redirect is a success",
        "api/outgoing/sending.py",
        "200 <= self.status < 300",
        "200 <= self.status < 400",
        "api/outgoing/test_sending.py::TestPost",
    ),
    Fault(
        "an address is not checked once it was looked up",
        "api/outgoing/addresses.py",
        "    for address in addresses:\n        check(address)\n",
        "",
        "api/outgoing/test_addresses.py::TestResolve api/outgoing/test_sending.py::TestPost",
    ),
    Fault(
        "an address inside of another is not looked at",
        "api/outgoing/addresses.py",
        "            return is_public(inner)",
        "            return True",
        "api/outgoing/test_addresses.py::TestPublic",
    ),
    Fault(
        "a certificate may be anybody's",
        "api/outgoing/sending.py",
        "ssl.create_default_context().wrap_socket",
        "ssl._create_unverified_context().wrap_socket",
        "api/outgoing/test_sending.py::TestTls",
    ),
    Fault(
        "a receiver that drips is waited for",
        "api/outgoing/sending.py",
        "    def recv_into(self, buffer: Any) -> int:\n"
        "        self._sock.settimeout(_left(self._deadline))\n",
        "    def recv_into(self, buffer: Any) -> int:\n",
        "api/outgoing/test_sending.py::TestTime",
    ),
    Fault(
        "the old secret signs forever",
        "api/models/endpoints.py",
        "if expires_at is None or expires_at <= at:",
        "if expires_at is None:",
        "api/outgoing/test_signing.py::TestRolling",
    ),
)
