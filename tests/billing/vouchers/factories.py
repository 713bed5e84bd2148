"""Vouchers, made by staff and given out."""

from billing import vouchers
from tests.people import make_staff


def make_batch(**fields):
    """A batch of one code for 50 credits, unless something else is said."""
    return vouchers.make_batch(
        **{"name": "Spring", "credits": 50, "size": 1, "by": make_staff(), **fields}
    )


def make_codes(**fields):
    """The codes of such a batch, as the file has them."""
    batch = make_batch(**fields)
    return [code for _number, code in vouchers.export(batch, by=make_staff())]


def make_code(**fields):
    return make_codes(size=1, **fields)[0]
