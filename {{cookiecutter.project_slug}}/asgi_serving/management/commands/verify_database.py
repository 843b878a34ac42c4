"""Whether this code suits a database, such as one that was restored."""

from collections import defaultdict
from typing import Any, override

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest
from django.test import Client


class Command(BaseCommand):
    """Looks at the migrations, and logs a user in. Nothing stays of that."""

    help = (
        "Look whether this code suits the database: the migrations there are none of newer code, "
        "none is missing, and a user can log in. Nothing is changed."
    )
    requires_system_checks = ()

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            compare_migrations()
            login = log_in()
        except DatabaseError as error:
            reason = " ".join(str(error).split())
            raise CommandError(f"The database does not suit this code: {reason}") from error
        self.stdout.write(f"The database suits this code, and {login}.")


def compare_migrations() -> None:
    """Raise CommandError, one line that names a migration, when code or database lacks it.

    Applications may leave out old migrations that were squashed: those that were applied before
    the last one that is known are nothing to be told.
    """
    loader = MigrationLoader(connection)
    if missing := loader.disk_migrations.keys() - loader.applied_migrations.keys():
        app, name = min(missing)
        raise CommandError(f"{app}.{name} is not applied: run manage.py migrate")
    applied = defaultdict(list)
    for (app, name), migration in MigrationRecorder(connection).applied_migrations().items():
        applied[app].append((migration.applied, name))
    for app in loader.migrated_apps & applied.keys():
        _, name = max(applied[app])
        if (app, name) not in loader.disk_migrations:
            raise CommandError(f"{app}.{name} in the database is of newer code: check that out")


@transaction.atomic
def log_in() -> str:
    """Begin a session with a user, find it again, and forget it; return what to say of that.

    Raises CommandError: the session is another one's, or nobody's.
    """
    if not all(map(apps.is_installed, ("django.contrib.auth", "django.contrib.sessions"))):
        return "it has no users"
    from django.contrib.auth import get_user, get_user_model  # noqa: PLC0415  # it may be missing

    users = get_user_model()._default_manager.order_by("-pk")  # noqa: SLF001  # its only name
    user = next((user for user in users.iterator() if user.is_active), None)
    if user is None:
        return "there is no user yet"
    client = Client()
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    found = get_user(request)
    transaction.set_rollback(True)
    if found != user:
        raise CommandError(f"nobody can log in: the session of user {user.pk} is lost")
    return f"user {user.pk} can log in"
