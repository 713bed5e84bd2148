"""
Staff's side: a batch is made, exported once, and switched off.

Until it was exported, a batch keeps the seed that its codes are made of; the export takes it away.
From then on nobody can read a code out of the database.
"""

import logging
import secrets
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from billing.models import Voucher, VoucherBatch
from billing.models.plans import LONGEST_VALIDITY
from billing.users import Staff, permissions
from billing.vouchers import codes

log = logging.getLogger(__name__)

MAKE: Final = "billing.add_voucherbatch"
EXPORT: Final = "billing.export_voucherbatch"
SWITCH: Final = "billing.change_voucherbatch"

LARGEST_BATCH: Final = 10_000
MOST_USES: Final = 1_000_000
# Credits that one batch may give in all: beyond it is a slip of the hand.
LARGEST_TOTAL: Final = 10**12
SEED_BYTES: Final = 32
PREFIX: Final = 4
ROWS: Final = 1000


class InvalidBatch(ValueError):
    """No such batch can be made. Nothing was written; `field` says what is wrong."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(f"{field}: {message}")
        self.message = message
        self.field = field


class AlreadyExported(Exception):
    """The codes were given out, and are not here any more."""

    def __init__(self, batch: VoucherBatch) -> None:
        super().__init__(f"The codes of {batch} were exported at {batch.exported_at}.")
        self.batch = batch


@transaction.atomic
def make_batch(
    *,
    name: str,
    credits: int,
    size: int,
    by: Staff,
    uses: int = 1,
    once_a_person: bool = True,
    valid_for_days: int | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> VoucherBatch:
    """
    Make a batch of codes.

    :param size: how many codes
    :param uses: how many people may redeem each
    :param valid_for_days: how long the credits last from redeeming; None forever
    :param starts_at: from when they can be redeemed, and until `ends_at`; None for any time
    :raises PermissionDenied: if this person may not make vouchers
    :raises InvalidBatch: if there can be no such batch
    """
    permissions.require(by, MAKE)
    _check_count("size", size, most=LARGEST_BATCH)
    _check_count("credits", credits, most=LARGEST_TOTAL)
    _check_count("uses", uses, most=MOST_USES)
    if valid_for_days is not None:
        _check_count("valid_for_days", valid_for_days, most=LONGEST_VALIDITY)
    if credits * size * uses > LARGEST_TOTAL:
        raise InvalidBatch(
            f"at most {LARGEST_TOTAL} in all, got {credits * size * uses}", field="credits"
        )
    if starts_at and ends_at and ends_at <= starts_at:
        raise InvalidBatch("after starts_at", field="ends_at")
    batch = VoucherBatch.objects.create(
        name=name,
        credits=credits,
        valid_for_days=valid_for_days,
        size=size,
        uses=uses,
        once_a_person=once_a_person,
        starts_at=starts_at,
        ends_at=ends_at,
        seed=secrets.token_bytes(SEED_BYTES),
        made_by=f"staff:{by.pk}",
    )
    Voucher.objects.bulk_create(
        (
            Voucher(
                batch=batch,
                number=number,
                prefix=code[:PREFIX],
                digest=codes.digest(code),
                uses=uses,
            )
            for number, code in _codes_of(batch)
        ),
        batch_size=ROWS,
    )
    log.info("vouchers_made", extra={"batch": batch.pk, "codes": size, "by": str(by.pk)})
    return batch


@transaction.atomic
def export(batch: VoucherBatch, *, by: Staff) -> list[tuple[int, str]]:
    """
    Give out the codes of a batch with their numbers, once; afterwards they are not here any more.

    :raises PermissionDenied: if this person may not export codes
    :raises AlreadyExported: if somebody did before
    """
    permissions.require(by, EXPORT)
    batch = VoucherBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.seed is None:
        raise AlreadyExported(batch)
    exported = [(number, codes.grouped(code)) for number, code in _codes_of(batch)]
    batch.seed = None
    batch.exported_at = timezone.now()
    batch.exported_by = f"staff:{by.pk}"
    batch.save(update_fields=["seed", "exported_at", "exported_by"])
    log.info("vouchers_exported", extra={"batch": batch.pk, "by": str(by.pk)})
    return exported


def switch(voucher: Voucher, *, is_active: bool, by: Staff) -> None:
    """
    Let one code of a batch be redeemed or not. What was redeemed stays.

    :raises PermissionDenied: if this person may not change vouchers
    """
    permissions.require(by, SWITCH)
    Voucher.objects.filter(pk=voucher.pk).update(is_active=is_active)
    log.info("voucher_switched", extra={"voucher": voucher.pk, "on": is_active, "by": str(by.pk)})


def _codes_of(batch: VoucherBatch) -> list[tuple[int, str]]:
    seed = bytes(batch.seed or b"")
    return [(number, codes.code(seed, number)) for number in range(1, batch.size + 1)]


def _check_count(field: str, value: int, *, most: int) -> None:
    if not 1 <= value <= most:
        raise InvalidBatch(f"1 to {most}, got {value}", field=field)
