"""
Vouchers: codes for credits that nobody pays for.

Staff make them in batches and export each batch once. People redeem them for a lot of the kind
PROMOTION; `Voucher.redeemed`, the redemption and the lot are written together or not at all.
"""

from billing.vouchers.attempts import TooManyAttempts
from billing.vouchers.making import (
    EXPORT,
    LARGEST_BATCH,
    LARGEST_TOTAL,
    MAKE,
    MOST_USES,
    SWITCH,
    AlreadyExported,
    InvalidBatch,
    export,
    make_batch,
    switch,
)
from billing.vouchers.redeeming import AlreadyRedeemed, CannotRedeem, redeem

__all__ = [
    "EXPORT",
    "LARGEST_BATCH",
    "LARGEST_TOTAL",
    "MAKE",
    "MOST_USES",
    "SWITCH",
    "AlreadyExported",
    "AlreadyRedeemed",
    "CannotRedeem",
    "InvalidBatch",
    "TooManyAttempts",
    "export",
    "make_batch",
    "redeem",
    "switch",
]
