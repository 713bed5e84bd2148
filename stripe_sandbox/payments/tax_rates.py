"""
A small table of consumption taxes: one rate a country, as it stood in 2026.

Stripe's own knows states, products and dates. https://docs.stripe.com/tax/supported-countries
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from stripe_sandbox.state.store import Object

VAT, GST, CONSUMPTION = ("vat", "VAT"), ("gst", "GST"), ("jct", "JCT")
# Where nothing is charged by this table: what is sold to the United States is taxed by state.
NAMES = {"AU": GST, "CA": GST, "JP": CONSUMPTION, "NZ": GST, "SG": GST}
RATES = {
    "AT": "20",
    "AU": "10",
    "BE": "21",
    "CA": "5",
    "CH": "8.1",
    "DE": "19",
    "DK": "25",
    "ES": "21",
    "FI": "25.5",
    "FR": "20",
    "GB": "20",
    "IE": "23",
    "IT": "22",
    "JP": "10",
    "NL": "21",
    "NO": "25",
    "NZ": "15",
    "PL": "23",
    "PT": "23",
    "SE": "25",
    "SG": "9",
}
EU = frozenset(RATES) - {"AU", "CA", "CH", "GB", "JP", "NO", "NZ", "SG"}


@dataclass(frozen=True)
class Rate:
    country: str
    percentage: Decimal

    def tax_of(self, amount: int, *, inclusive: bool) -> int:
        """Round half up, in the smallest unit; of an inclusive amount, the part that is tax."""
        whole = 100 + self.percentage if inclusive else Decimal(100)
        return int((amount * self.percentage / whole).quantize(Decimal(1), ROUND_HALF_UP))

    def shown(self, *, inclusive: bool) -> Object:
        """Show it as the `tax_rate` that Stripe makes for automatic tax."""
        tax_type, name = NAMES.get(self.country, VAT)
        behavior = "Inclusive" if inclusive else "Exclusive"
        return {
            "id": f"txr_1Sandbox{self.country}{behavior}",
            "object": "tax_rate",
            "active": False,
            "country": self.country,
            "created": 1_700_000_000,
            "description": None,
            "display_name": name,
            "effective_percentage": float(self.percentage),
            "flat_amount": None,
            "inclusive": inclusive,
            "jurisdiction": self.country,
            "jurisdiction_level": "country",
            "livemode": False,
            "metadata": {},
            "percentage": float(self.percentage),
            "rate_type": "percentage",
            "state": None,
            "tax_type": tax_type,
        }


def rate_of(country: str) -> Rate:
    return Rate(country, Decimal(RATES.get(country, "0")))


def no_tax(country: str) -> Rate:
    return Rate(country, Decimal(0))
