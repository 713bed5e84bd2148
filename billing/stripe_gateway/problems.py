"""What can go wrong with a call to Stripe: one tree, which says whether it may have happened."""

from billing.stripe_gateway.objects import Decline, PaymentIntent


class GatewayError(Exception):
    """A call to Stripe did not give what was asked for."""


class GatewayUnavailable(GatewayError):
    """Stripe did not answer, or not with an answer. What was asked may have happened there."""


class GatewayRefused(GatewayError):
    """Stripe said no; the message is for a person. Nothing happened there."""

    def __init__(self, message: str, *, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class GatewayDeclined(GatewayRefused):
    """A bank said no to a card; `intent` is the PaymentIntent, and `decline` why."""

    def __init__(
        self, message: str, *, decline: Decline, intent: PaymentIntent | None = None
    ) -> None:
        super().__init__(message, code=decline.code)
        self.decline = decline
        self.intent = intent


class GatewayDenied(GatewayRefused):
    """Stripe does not take our key, or not for this: whatever was asked, the answer was no."""


class GatewayMissing(GatewayRefused):
    """Stripe has no such object, or not under this key."""


class SignatureInvalid(GatewayError):
    """A webhook body was not signed with a secret of ours."""


class SignatureTooOld(SignatureInvalid):
    """It was, too long ago or in the future: one of the two clocks is wrong."""
