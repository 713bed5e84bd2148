"""What a person is mailed about their automatic top-up: a row of the outbox each, once."""

from collections.abc import Mapping

from django.utils import timezone

from billing.models import OutgoingMail


def post(
    kind: OutgoingMail.Kind, *, account_id: int, about: object, ids: Mapping[str, int]
) -> None:
    """Write a mail into the outbox, in the transaction of what it tells of."""
    now = timezone.now()
    OutgoingMail.objects.bulk_create(
        [
            OutgoingMail(
                kind=kind,
                account_id=account_id,
                key=f"{kind}:{about}",
                ids=dict(ids),
                created_at=now,
                due_at=now,
            )
        ],
        ignore_conflicts=True,
    )
