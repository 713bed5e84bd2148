"""An index that is built while rows are written; for that it is no part of a transaction."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("credits", "0003_next")]

    operations = [
        AddIndexConcurrently(
            "credittransaction", models.Index(fields=["channel", "id"], name="next_by_channel")
        ),
    ]
