"""The triggers of `billing/sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "frozen_rows.sql"


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        migrations.RunSQL(
            SQL.read_text(),
            reverse_sql="""
                DROP TRIGGER planprice_published_is_frozen ON billing_planprice;
                DROP FUNCTION billing_published_price_is_frozen;
                DROP TRIGGER purchase_snapshot_is_frozen ON billing_purchase;
                DROP FUNCTION billing_purchase_snapshot_is_frozen;
            """,
        )
    ]
