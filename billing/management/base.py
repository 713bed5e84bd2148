"""Commands that ask Stripe: what they say when it does not answer."""

from billing import stripe_gateway
from credits.management.base import OperatorCommand, line


class StripeCommand(OperatorCommand):
    """A command that needs the database and Stripe."""

    def away(self, error: Exception) -> str | None:
        if isinstance(error, stripe_gateway.GatewayRefused):
            return f"Stripe refused: {line(error)}. What was done before stays done."
        if isinstance(error, stripe_gateway.GatewayError):
            return (
                f"Stripe did not answer: {line(error)}. What was done before stays done; run this"
                " again when Stripe answers."
            )
        return super().away(error)
