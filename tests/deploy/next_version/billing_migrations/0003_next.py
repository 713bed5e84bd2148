"""Columns for the tables that a webhook writes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # one table's lock at a time: a webhook locks several, in an order of its own
    dependencies = [("billing", "0002_sql")]

    operations = [
        migrations.AddField(
            model, "channel", models.CharField(max_length=20, default="", db_default="")
        )
        for model in ("purchase", "payment", "refund", "stripeevent", "outgoingmail")
    ]
