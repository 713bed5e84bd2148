"""
A worker process of its own: charges what is due until it is killed, or a while after one is paid.

It speaks to the database and the sandbox that the environment names.
"""

import os
import time

import django

# Rounds after a charge was paid, in which nothing more may happen.
MORE_ROUNDS = 5


def main() -> None:
    django.setup()
    from django.conf import settings  # noqa: PLC0415

    from billing.models import TopUp  # noqa: PLC0415
    from billing.topups import charging, falls  # noqa: PLC0415

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    settings.STRIPE_API_BASE = os.environ["SANDBOX"]
    settings.STRIPE_TIMEOUT = 20
    settings.BILLING_TOP_UPS = True
    rounds_left = MORE_ROUNDS
    while rounds_left:
        falls.sweep()
        charging.charge_due()
        rounds_left -= TopUp.objects.filter(status="paid").exists()
        time.sleep(0.05)


if __name__ == "__main__":
    main()
