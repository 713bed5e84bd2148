"""Where Stripe delivers its events. The answer's status is all that Stripe reads."""

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.webhooks import inbox, reading, refused

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    try:
        event = reading.read_event(
            body=_body(request), signature=request.headers.get("Stripe-Signature", "")
        )
    except reading.WebhookRefused as refusal:
        log.warning("webhook_refused", extra={"reason": str(refusal)})
        refused.count(refusal.reason)
        return _plain(str(refusal), status=refusal.status)
    try:
        state = inbox.receive(event)
    except Exception:  # noqa: BLE001 (logged and stored by the inbox; Stripe delivers again)
        return _plain("This event could not be processed now.", status=500)
    return _plain(state.value, status=200)


def _body(request: HttpRequest) -> bytes:
    """
    Read no more of a body than could be an event.

    :raises WebhookRefused: if it is longer, or broke off
    """
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
        if announced > reading.LARGEST_BODY:
            raise reading.WebhookTooLarge(f"{announced} bytes announced.")
        return request.read(reading.LARGEST_BODY + 1)
    except (UnreadablePostError, RequestDataTooBig, ValueError) as error:
        raise reading.WebhookRefused("The body could not be read.") from error


def _plain(text: str, *, status: int) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
