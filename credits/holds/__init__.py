"""
Credits set aside for work whose price is known only when it is done.

A hold takes credits out of the balance at once; capturing it makes the used ones a spend and lets
the rest go back to their lots. A hold that nobody closes or extends lets go by itself; what was
done by then is still paid for from the balance, as far as it goes. The arguments that all verbs
share are explained in `credits.ledger`.
"""

from credits.holds.closing import capture, expire_holds, release
from credits.holds.placing import extend, hold, longest
from credits.holds.reserving import Reservation, kept, reserve

__all__ = [
    "Reservation",
    "capture",
    "expire_holds",
    "extend",
    "hold",
    "kept",
    "longest",
    "release",
    "reserve",
]
