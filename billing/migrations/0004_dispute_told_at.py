import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_mirror_queue")]

    operations = [
        migrations.AddField(
            model_name="dispute",
            name="told_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="told at"),
            preserve_default=False,
        ),
    ]
