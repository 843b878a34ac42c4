"""`manage.py verify_database`: whether code and database suit each other."""

from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def verify() -> str:
    said = StringIO()
    call_command("verify_database", stdout=said)
    return said.getvalue()


def test_a_database_without_users() -> None:
    assert verify() == "The database suits this code, and there is no user yet.\n"


def test_a_user_logs_in_and_nothing_stays_of_it(admin_user: object) -> None:
    before = get_user_model().objects.values().get()
    assert f"user {before['id']} can log in" in verify()
    assert not Session.objects.exists()
    assert get_user_model().objects.values().get() == before


@pytest.mark.usefixtures("admin_user")
def test_a_lost_session_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.contrib.auth.get_user", lambda _: None)
    with pytest.raises(CommandError, match="nobody can log in: the session of user"):
        verify()


def test_a_migration_that_is_missing_is_named() -> None:
    MigrationRecorder(connection).record_unapplied("users", "0001_initial")
    with pytest.raises(CommandError, match=r"users\.0001_initial is not applied"):
        verify()


def test_a_migration_of_newer_code_is_named() -> None:
    MigrationRecorder(connection).record_applied("users", "9999_later")
    with pytest.raises(CommandError, match=r"users\.9999_later in the database is of newer code"):
        verify()


def test_old_migrations_that_the_code_has_left_out_are_nothing_to_tell() -> None:
    migrations = MigrationRecorder(connection).migration_qs
    MigrationRecorder(connection).record_applied("users", "0000_before")
    migrations.filter(name="0000_before").update(applied="2001-01-01T00:00:00Z")
    assert "suits this code" in verify()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("admin_user")
def test_a_column_that_is_missing_is_told_in_a_line() -> None:
    name, rename = "is_active", 'ALTER TABLE users_user RENAME COLUMN "{}" TO "{}"'
    with connection.cursor() as cursor:
        cursor.execute(rename.format(name, "other"))
    try:
        with pytest.raises(CommandError, match=r"does not suit this code: [^\n]*is_active"):
            verify()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(rename.format("other", name))
