"""Columns with a default, as the old version's INSERTs leave them out, and a verb's next version."""

import re

from django.db import migrations, models

from credits.sql import install

NEW = ("credits_draw", "credits_draw_otherwise", "credits_undo_draw", "credits_place_hold")


def verb():
    """Write the verb again beside the one that old processes call."""
    text = str(install("draw").sql)
    for name in NEW:
        text = re.sub(rf"\b{name}_v1\b", f"{name}_v2", text)
    return text


class Migration(migrations.Migration):
    atomic = False  # one table's lock at a time: verbs lock several, in an order of their own
    dependencies = [("credits", "0002_sql")]

    operations = [
        migrations.AddField(
            "lot", "note", models.CharField(max_length=200, default="", db_default="")
        ),
        migrations.AddField(
            "credittransaction",
            "channel",
            models.CharField(max_length=20, default="", db_default=""),
        ),
        migrations.AddField("account", "closed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(verb()),
    ]
