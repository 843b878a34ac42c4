"""Tables of leases and ticks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes both."""

    initial = True
    dependencies = [("django_tasks_database", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "Lease",
            [
                (
                    "result",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="django_tasks_database.dbtaskresult",
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            "Tick",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("entry", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["entry", "at"], name="one_tick")]
            },
        ),
    ]
