"""The triggers of `billing/sql`."""

from pathlib import Path

from django.db import migrations

from billing.models import Purchase

SQL = Path(__file__).resolve().parent.parent / "sql"


def frozen_rows() -> str:
    sql = (SQL / "frozen_rows.sql").read_text()
    frozen = {"snapshot": Purchase.SNAPSHOT, "opened": Purchase.FROZEN_ONCE_OPEN}
    for name, fields in frozen.items():
        columns = [Purchase._meta.get_field(field).column for field in fields]
        for row in ("OLD", "NEW"):
            written = ", ".join(f"{row}.{column}" for column in columns)
            sql = sql.replace(f"{{{row}.{name}}}", written)
    return sql


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        migrations.RunSQL(
            frozen_rows(),
            reverse_sql="""
                DROP TRIGGER planprice_published_is_frozen ON billing_planprice;
                DROP FUNCTION billing_published_price_is_frozen;
                DROP TRIGGER consent_is_frozen ON billing_consent;
                DROP FUNCTION billing_consent_is_frozen;
                DROP TRIGGER purchase_snapshot_is_frozen ON billing_purchase;
                DROP FUNCTION billing_purchase_snapshot_is_frozen;
            """,
        ),
        migrations.RunSQL(
            (SQL / "vouchers.sql").read_text(),
            reverse_sql="""
                DROP TRIGGER voucherbatch_terms_are_frozen ON billing_voucherbatch;
                DROP FUNCTION billing_voucherbatch_terms_are_frozen;
                DROP TRIGGER voucher_is_frozen ON billing_voucher;
                DROP FUNCTION billing_voucher_is_frozen;
                DROP TRIGGER redemption_is_for_good ON billing_voucherredemption;
                DROP FUNCTION billing_redemption_is_for_good;
            """,
        ),
    ]
