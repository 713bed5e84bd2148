from django.db import migrations

from credits.sql import install

UNDO = """
DROP VIEW credits_spend_many;
DROP FUNCTION credits_spend_many();
DROP TYPE credits_wanted_spend;
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0005_verbs_again")]

    operations = [install("spend_many", undo=UNDO)]
