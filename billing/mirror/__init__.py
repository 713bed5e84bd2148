"""
dj-stripe's tables: a copy of Stripe for staff to look at.

An app of its own, and the only place that imports `djstripe`. Nothing of billing imports it: it
fills its tables from the inbox by a job, and hears of erasures and prunings by signal. Nothing
here decides about credits, and nothing runs while Stripe waits for an answer to a webhook.

Wants `djstripe` and `billing.mirror` in `INSTALLED_APPS`; without them nothing else changes. To
make dj-stripe's tables in seconds rather than a minute:

    MIGRATION_MODULES = {"djstripe": "billing.mirror.djstripe_migrations"}
"""
