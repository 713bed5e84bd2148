from django.db import migrations

from credits.sql import install

# What has other arguments now.
DROP = """
DROP FUNCTION IF EXISTS
    credits_record(bigint, text, bigint, text, bigint, text, jsonb, text, timestamptz),
    credits_put_back(
        bigint, text, bigint[], bigint[], text, bigint, text, jsonb, text, timestamptz
    )
"""


class Migration(migrations.Migration):
    """
    For databases whose verbs are older than their files.

    Views are replaced, not dropped, so that a role keeps what it was granted.
    """

    dependencies = [("credits", "0004_write_offs")]

    operations = [
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
        install("expire"),
        install("draw"),
        install("put_back"),
        install("give_back"),
        install("holds"),
    ]
