"""
An index for staff who search a person by the start of an e-mail address.

It is on Django's own table of users, which has none that `istartswith` could use.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_dispute_told_at"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX billing_user_by_email ON auth_user (UPPER(email::text) text_pattern_ops)",
            reverse_sql="DROP INDEX billing_user_by_email",
        ),
    ]
