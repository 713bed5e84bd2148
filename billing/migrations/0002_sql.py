"""The triggers of `billing/sql`."""

from pathlib import Path

from django.db import migrations

from billing.models import Purchase

SQL = Path(__file__).resolve().parent.parent / "sql" / "frozen_rows.sql"


def frozen_rows() -> str:
    sql = SQL.read_text()
    columns = [Purchase._meta.get_field(name).column for name in Purchase.SNAPSHOT]
    for row in ("OLD", "NEW"):
        snapshot = ", ".join(f"{row}.{column}" for column in columns)
        sql = sql.replace(f"{{{row}.snapshot}}", snapshot)
    return sql


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        migrations.RunSQL(
            frozen_rows(),
            reverse_sql="""
                DROP TRIGGER planprice_published_is_frozen ON billing_planprice;
                DROP FUNCTION billing_published_price_is_frozen;
                DROP TRIGGER purchase_snapshot_is_frozen ON billing_purchase;
                DROP FUNCTION billing_purchase_snapshot_is_frozen;
            """,
        )
    ]
