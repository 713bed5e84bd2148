"""`/v1/…` as Stripe answers it: parameters, endpoints, errors, idempotency."""
