from django.db import migrations

from credits.sql import install


class Migration(migrations.Migration):
    """For databases whose `credits_draw` has no line to wait in."""

    dependencies = [("credits", "0004_write_offs")]

    operations = [
        migrations.RunSQL("DROP VIEW credits_draw CASCADE", migrations.RunSQL.noop),
        install("draw"),
    ]
