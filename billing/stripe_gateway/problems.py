"""What can go wrong with a call to Stripe: one tree, which says whether it may have happened."""


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


class GatewayMissing(GatewayRefused):
    """Stripe has no such object, or not under this key."""


class SignatureInvalid(GatewayError):
    """A webhook body was not signed with a secret of ours, or too long ago, or in the future."""
