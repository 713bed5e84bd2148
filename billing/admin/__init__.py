"""
How staff see the shop: prices are set and purchases refunded here; the rest is read-only.

Whatever Stripe or a purchase wrote is changed by nobody, superusers included.
"""

from . import people

__all__ = ["people"]
