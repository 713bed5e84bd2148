"""Stripe's own errors, in Stripe's words and codes."""

from http import HTTPStatus
from typing import Any


class StripeError(Exception):
    """An answer other than 200: what Stripe puts in `error`, and the HTTP status."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        # A declined card leaves its traces; any other refusal leaves nothing.
        self.undoes = status != HTTPStatus.PAYMENT_REQUIRED
        self.error: dict[str, Any] = {"message": message, "type": type, **extra}
        if code is not None:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param is not None:
            self.error["param"] = param


def missing_object(object_name: str, id: str, *, param: str = "id") -> StripeError:
    """404 where the path names the object, 400 where a parameter does."""
    return StripeError(
        404 if param == "id" else 400,
        f"No such {object_name}: '{id}'",
        code="resource_missing",
        param=param,
    )


def missing_parameter(name: str) -> StripeError:
    return StripeError(
        400, f"Missing required param: {name}.", code="parameter_missing", param=name
    )


def unknown_parameters(names: list[str]) -> StripeError:
    word = "parameter" if len(names) == 1 else "parameters"
    return StripeError(
        400,
        f"Received unknown {word}: {', '.join(names)}",
        code="parameter_unknown",
        param=names[0],
    )


def refused(message: str, **details: Any) -> StripeError:
    """400, with Stripe's sentence for what the object's state does not allow."""
    return StripeError(400, message, **details)


def card_declined(
    decline_code: str, *, advice_code: str, code: str, message: str, charge: str, intent: Any
) -> StripeError:
    return StripeError(
        402,
        message,
        type="card_error",
        code=code,
        advice_code=advice_code,
        decline_code=decline_code,
        charge=charge,
        payment_intent=intent,
    )
