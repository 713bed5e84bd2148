"""Credits that come to an account for nothing."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.v1 import access, answers, idempotency
from api.v1.bodies import Grant
from api.v1.fields import IdempotencyHeader
from api.v1.shapes import Granted
from credits import ledger
from credits.models import CreditTransaction

router = Router(tags=["Granting"])


@router.post(
    "/grants",
    auth=access.GRANT,
    operation_id="grant",
    summary="Grant credits",
    response=answers.of_writing(Granted, 404, 409),
)
def grant(request: HttpRequest, body: Grant, idempotency_key: IdempotencyHeader) -> HttpResponse:
    """Credits for nothing. What people pay for comes by itself, from Stripe."""
    caller = access.caller_of(request)
    lot = ledger.grant(
        account=access.account_of(caller, body.account),
        credits=body.credits,
        source=idempotency.ledger_key(caller, idempotency_key),
        kind=body.kind,
        expires_at=body.expires_at,
        description=body.description,
        metadata=idempotency.with_digest(body.metadata, body),
        actor=caller.actor,
    )
    granted = CreditTransaction.objects.opening(lot)
    idempotency.check_digest(granted, body)
    shown = answers.transaction(caller, granted)
    return answers.answer(
        Granted(
            transaction=shown.model_copy(
                update={
                    "idempotency_key": idempotency_key,
                    "metadata": idempotency.own_metadata(granted),
                }
            ),
            kind=lot.kind,
            expires_at=lot.expires_at,
        ),
        status=201,
    )
