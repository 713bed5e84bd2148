"""The table of the site's own cache, `config.cache`."""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE site_cache (
                key text PRIMARY KEY,
                number bigint,
                value bytea,
                expires_at timestamptz NOT NULL,
                CONSTRAINT site_cache_number_or_value CHECK ((number IS NULL) <> (value IS NULL))
            );
            CREATE INDEX site_cache_expires_at ON site_cache (expires_at);
            """,
            "DROP TABLE site_cache",
        )
    ]
