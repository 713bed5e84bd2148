from django.db import migrations

from credits.sql import install


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]

    operations = [
        install("storage"),
        install("expire"),
        install("draw"),
        install("grant"),
        install("put_back"),
        install("give_back"),
        install("clawback"),
        install("holds"),
        install("guards"),
    ]
