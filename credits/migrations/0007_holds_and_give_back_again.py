from django.db import migrations
from django.db.models import CheckConstraint, F, Q
from django.db.models.functions import Least
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull

from credits.sql import install

STATUSES = ["HELD", "CAPTURED", "RELEASED", "EXPIRED"]
CONSTRAINTS = {
    "hold_captured_within_credits": GreaterThanOrEqual(
        Least("captured", F("credits") - F("captured")), 0
    ),
    "hold_captured_follows_status": Exact(
        GreaterThan(F("captured"), 0), Exact(F("status"), "CAPTURED")
    ),
    "hold_closed_at_follows_status": Exact(
        IsNull(F("closed_at"), rhs=True), Exact(F("status"), "HELD")
    ),
}

# What nothing calls any more.
DROP = """
DROP FUNCTION IF EXISTS
    credits_take_at_once(bigint, text, bigint, bigint[], bigint[], timestamptz),
    credits_used(bigint)
"""


class Migration(migrations.Migration):
    """The same rules and verbs in fewer words, which PostgreSQL reads for every statement."""

    dependencies = [("credits", "0006_spend_many")]

    operations = [
        *(migrations.RemoveConstraint("hold", name) for name in CONSTRAINTS),
        migrations.AddConstraint(
            "hold", CheckConstraint(condition=Q(status__in=STATUSES), name="hold_status_known")
        ),
        *(
            migrations.AddConstraint("hold", CheckConstraint(condition=condition, name=name))
            for name, condition in CONSTRAINTS.items()
        ),
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
        install("expire"),
        install("put_back"),
        install("give_back"),
        install("holds"),
    ]
