"""A migration that takes a while."""

from django.db import migrations


class Migration(migrations.Migration):
    """Pods of the new version wait for it."""

    dependencies = [("users", "0001_initial")]
    operations = [migrations.RunSQL("SELECT pg_sleep(5)", "")]
