from django.db import migrations

from credits.sql import install


class Migration(migrations.Migration):
    dependencies = [("credits", "0005_verbs_again")]

    operations = [install("spend_many")]
