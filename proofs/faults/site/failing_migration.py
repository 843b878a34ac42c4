"""A migration that does something, and then fails."""

from django.db import migrations

SQL = "CREATE TABLE half_done (id int); SELECT 1 / 0;"


class Migration(migrations.Migration):
    """It must leave nothing behind."""

    dependencies = [("users", "0001_initial")]
    operations = [migrations.RunSQL(SQL)]
