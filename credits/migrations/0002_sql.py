from django.db import migrations

from credits.sql import install


class Migration(migrations.Migration):
    """The verbs of the ledger, and the triggers that let nothing else write."""

    dependencies = [("credits", "0001_initial")]

    operations = [
        install("storage"),
        install("lots"),
        install("rules"),
        install("expire"),
        install("draw"),
        install("grant"),
        install("put_back"),
        install("give_back"),
        install("clawback"),
        install("holds"),
        install("extend"),
        install("spend_many"),
        install("guards"),
        install("write_offs"),
    ]
