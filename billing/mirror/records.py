"""
From Stripe's JSON to dj-stripe's rows, without asking Stripe anything.

dj-stripe's own `sync_from_stripe_data` fetches the account, every object that another one names
and does not find in its tables, and a few that it merely likes to have: up to five calls for one
event. Here a relation that is not known yet stays empty.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import models, transaction
from djstripe.models import (
    BalanceTransaction,
    Charge,
    Customer,
    Dispute,
    Event,
    PaymentIntent,
    Price,
    Product,
    Refund,
    Session,
)

from billing import conf

# Stripe's `object` → dj-stripe's model, in the order in which they refer to one another.
MODELS: Final[Mapping[str, Any]] = {
    "product": Product,
    "price": Price,
    "customer": Customer,
    "payment_intent": PaymentIntent,
    "balance_transaction": BalanceTransaction,
    "charge": Charge,
    "refund": Refund,
    "dispute": Dispute,
    "checkout.session": Session,
    "event": Event,
}

# The key of `stripe_data` that says as of when, in Stripe's seconds since 1970.
AS_OF: Final = "mirrored_as_of"

# Ours, not Stripe's.
KEPT: Final = {"subscriber", "date_purged", "stripe_data"}


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One object as Stripe showed it at a moment; without a moment, just now."""

    data: Mapping[str, Any]
    as_of: int | None = None

    @property
    def kind(self) -> str:
        return str(self.data.get("object"))

    @property
    def id(self) -> str:
        return str(self.data.get("id"))

    def is_older_than(self, known: int | None) -> bool:
        return known is not None and self.as_of is not None and self.as_of < known


def relations(kind: str) -> list[models.ForeignKey[Any, Any]]:
    """List the fields of a kind that name another kind which is mirrored too."""
    return [
        field
        for field in MODELS[kind]._meta.concrete_fields  # noqa: SLF001 - public by Django's word
        if isinstance(field, models.ForeignKey)
        and field.name not in KEPT
        and field.related_model in MODELS.values()
    ]


def named(snapshot: Snapshot) -> Iterable[tuple[str, str]]:
    """List what a snapshot refers to, as kind and id."""
    for field in relations(snapshot.kind):
        stripe_id = id_in(snapshot.data, field.name)
        if stripe_id:
            yield kind_of(field.related_model), stripe_id


def kind_of(model: object) -> str:
    return next(kind for kind, known in MODELS.items() if known is model)


def id_in(data: Mapping[str, Any], field: str) -> str | None:
    """Read an id that may be expanded into its object."""
    value = data.get(field)
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and value else None


def known_ids(kind: str, ids: Iterable[str]) -> set[str]:
    return set(MODELS[kind].objects.filter(id__in=set(ids)).values_list("id", flat=True))


@transaction.atomic
def write(snapshots: Iterable[Snapshot]) -> None:
    """
    Bring rows up to date, one statement a kind; a snapshot older than its row changes nothing.

    Two of one object may be among them: the later in the list wins where their moments agree.
    """
    for kind, model in MODELS.items():
        newest: dict[str, Snapshot] = {}
        for snapshot in snapshots:
            if snapshot.kind == kind and snapshot.id:
                before = newest.get(snapshot.id)
                if before is None or not snapshot.is_older_than(before.as_of):
                    newest[snapshot.id] = snapshot
        if newest:
            _upsert(kind, model, newest)


def _upsert(kind: str, model: Any, newest: Mapping[str, Snapshot]) -> None:
    known = dict(
        model.objects.filter(id__in=newest.keys()).values_list("id", f"stripe_data__{AS_OF}")
    )
    later = [one for one in newest.values() if not one.is_older_than(known.get(one.id))]
    fields = [f for f in model._meta.concrete_fields if _is_stripes(f)]  # noqa: SLF001 - as above
    present = {
        field.name: known_ids(
            kind_of(field.related_model), filter(None, (id_in(s.data, field.name) for s in later))
        )
        for field in relations(kind)
    }
    rows = [row for one in later if (row := _row(model, fields, one, present)) is not None]
    if rows:
        model.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[
                "djstripe_updated",
                "stripe_data",
                *(field.name for field in fields if field.name != "id"),
            ],
        )


def _is_stripes(field: Any) -> bool:
    return not field.name.startswith("djstripe_") and field.name not in KEPT


def _row(
    model: Any, fields: Sequence[Any], snapshot: Snapshot, present: Mapping[str, set[str]]
) -> Any | None:
    """Fill a row, or return None where it needs another that is not there."""
    data = _as_event(snapshot.data) if model is Event else snapshot.data
    as_of = {} if snapshot.as_of is None else {AS_OF: snapshot.as_of}
    kept = {name: value for name, value in data.items() if not (model is Event and name == "data")}
    row = model(stripe_data={**kept, **as_of})
    for field in fields:
        if isinstance(field, models.ForeignKey):
            stripe_id = id_in(data, field.name)
            if stripe_id not in present.get(field.name, ()):
                stripe_id = None
            if stripe_id is None and not field.null:
                return None
            setattr(row, field.attname, stripe_id)
        else:
            setattr(row, field.attname, _value(field, data))
    return row


def _value(field: Any, data: Mapping[str, Any]) -> Any:
    value = field.stripe_to_db(data) if hasattr(field, "stripe_to_db") else data.get(field.name)
    if value is None and field.name == "livemode":  # refunds and movements do not say it
        return conf.livemode()
    if value is None and isinstance(field, models.CharField | models.TextField) and not field.null:
        return ""
    return value


def _as_event(data: Mapping[str, Any]) -> dict[str, Any]:
    request = data.get("request")
    caused = request if isinstance(request, Mapping) else {}
    return {
        **data,
        "request_id": str(caused.get("id") or "")[:50],
        "idempotency_key": caused.get("idempotency_key") or "",
        "api_version": str(data.get("api_version") or "")[:64],
    }
