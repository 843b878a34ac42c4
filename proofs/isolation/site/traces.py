"""What a visitor leaves behind, how the next one would see it, and how it is taken away again."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import crum
import structlog
from auditlog.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.utils import timezone, translation
from django_multitenant.utils import get_current_tenant
from isolation_site.middleware import context_user, remembered
from isolation_site.models import Invoice, Note, Page
from silk.collector import DataCollector


def nothing(request):
    """Do and see nothing."""


@dataclass(frozen=True)
class Trace:
    """Three functions of a request.

    seen: returns what the request sees of another's, or None.
    leave: called by the first visitor's view; on a thread if it blocks.
    undo: called after a look, so that the next scenario begins clean.
    """

    seen: Callable[[Any], Any]
    leave: Callable[[Any], None] = nothing
    undo: Callable[[Any], None] = nothing
    blocks: bool = True


def of_thread(request):
    """Return the user whom the thread-local variable names, whichever middleware set it."""
    middleware = request.resolver_match.kwargs["site"]
    return getattr(remembered(request, middleware), "user", None)


# --- context variables

secret = ContextVar("secret", default=None)


def set_context(request):
    """Set what belongs to a context."""
    secret.set("first visitor's")
    translation.activate("de")
    timezone.activate("Asia/Tokyo")


def context(request):
    """Return what an earlier request set."""
    seen = {
        "variable": secret.get(),
        "variable of middleware": context_user.get(),
        "language": translation.get_language().replace("en", ""),
        "time zone": timezone.get_current_timezone_name().replace("UTC", ""),
    }
    return ", ".join(name for name, value in seen.items() if value) or None


# --- attributes of the connection


def set_attribute(request):
    """Do as packages that keep the tenant at the connection."""
    connection.tenant = "first visitor's"


def forget_attribute(request):
    """Remove it."""
    connection.__dict__.pop("tenant", None)


def wrap(execute, sql, params, many, context):
    """Do nothing, but be there."""
    return execute(sql, params, many, context)


def add_wrapper(request):
    """Install a wrapper for good."""
    connection.execute_wrappers.append(wrap)


def remove_wrappers(request):
    """Remove all."""
    connection.execute_wrappers.clear()


def force_cursor(request):
    """Log the queries of this thread, with their values."""
    connection.force_debug_cursor = True
    execute("SELECT 1")


def stop_forcing(request):
    """Log no more."""
    connection.force_debug_cursor = False
    connection.queries_log.clear()


# --- transactions


def leave_autocommit_off(request):
    """Write, and never commit."""
    alias = request.GET["scenario"]
    transaction.set_autocommit(False, using=alias)
    write(request)


def leave_atomic_open(request):
    """Enter, write, and never leave."""
    alias = request.GET["scenario"]
    transaction.atomic(using=alias).__enter__()
    write(request)


def write(request):
    """Add a row to the scenario's own database."""
    with connections[request.GET["scenario"]].cursor() as cursor:
        cursor.execute("INSERT INTO marks VALUES (1)")


def open_transaction(request):
    """Return whether somebody's transaction is open here; a write tells whether it blocks."""
    own = connections[request.GET["scenario"]]
    found = own.in_atomic_block or (own.connection is not None and not own.autocommit)
    write(request)
    return "transaction" if found else None


def thread_and_transaction(request):
    """Return what either shows."""
    return of_thread(request) or open_transaction(request)


# --- sessions of PostgreSQL


def execute(sql):
    """Return the first value of the first row."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


def session(leave, see):
    """Return a trace of two statements; what the second one returns is there, or is not."""
    return Trace(
        leave=lambda request: execute(leave),
        seen=lambda request: execute(see) or None,
        undo=lambda request: execute("DISCARD ALL"),
    )


# --- packages


def impersonate(request):
    """Do something as nobody, and go on as the user."""
    with crum.impersonate(None):
        pass


def crum_user(request):
    """Return the user whom django-crum names."""
    user = crum.get_current_user()
    return (user.username or None) if user else None


def invoices(request):
    """Return the invoices that the page of the current tenant lists."""
    return ", ".join(row.number for row in Invoice.objects.all()) if get_current_tenant() else None


def structlog_user(request):
    """Return the user in structlog's context."""
    return structlog.contextvars.get_contextvars().get("user_id")


def bind_order(request):
    """Bind what all log lines of the request shall have."""
    structlog.contextvars.bind_contextvars(order="first visitor's")


def structlog_context(request):
    """Return what of another's is in structlog's context."""
    bound = structlog.contextvars.get_contextvars()
    return bound.get("order") or bound.get("user_id")


def history_user(request):
    """Change something, and return who has done it."""
    page = Page.objects.create(title="by nobody")
    user = page.history.latest().history_user
    return user.username if user else None


def audit_actor(request):
    """Change something, and return who has done it."""
    note = Note.objects.create(text="by nobody")
    actor = LogEntry.objects.get_for_object(note).latest("timestamp").actor
    return actor.username if actor else None


def silk_request(request):
    """Return the path of the request that silk collects queries for, if it is another's."""
    recorded = DataCollector().request
    return recorded.path if recorded and recorded.path != request.path else None


TRACES = {
    "nothing": Trace(nothing),
    "thread": Trace(of_thread),
    "context": Trace(context, set_context, blocks=False),
    "attribute": Trace(
        lambda request: getattr(connection, "tenant", None), set_attribute, forget_attribute
    ),
    "wrapper": Trace(
        lambda request: "wrapper" if wrap in connection.execute_wrappers else None,
        add_wrapper,
        remove_wrappers,
    ),
    "cursor": Trace(
        lambda request: "queries" if connection.force_debug_cursor else None,
        force_cursor,
        stop_forcing,
    ),
    "autocommit": Trace(open_transaction, leave_autocommit_off),
    "atomic": Trace(open_transaction, leave_atomic_open),
    "thread and transaction": Trace(thread_and_transaction),
    "role": session("SET ROLE pg_monitor", "SELECT nullif(current_user::text, session_user::text)"),
    "search path": session(
        "SET search_path TO elsewhere",
        "SELECT nullif(current_setting('search_path'), '\"$user\", public')",
    ),
    "variable": session(
        "SELECT set_config('app.user', 'first visitor', false)",
        "SELECT current_setting('app.user', true)",
    ),
    "temporary table": session(
        "CREATE TEMPORARY TABLE basket (item int)", "SELECT to_regclass('pg_temp.basket')::text"
    ),
    "advisory lock": session(
        "SELECT pg_advisory_lock_shared(7)",
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    ),
    "listen": session("LISTEN orders", "SELECT count(*) FROM pg_listening_channels()"),
    "crum": Trace(crum_user, impersonate),
    "multitenant": Trace(invoices, invoices),
    "structlog": Trace(structlog_context, bind_order, blocks=False),
    "history": Trace(history_user),
    "auditlog": Trace(audit_actor),
    "silk": Trace(silk_request, invoices),
}


def who(request):
    """Return whom each of the ways to tell it names as the current user, by its name."""
    middleware = ("after", "mixin")
    return {
        "request.user": request.user.username or None,
        "context variable": context_user.get(),
        "django-crum": crum_user(request),
        "structlog": _username(structlog_user(request)),
        **{
            f"thread-local, {name}": getattr(remembered(request, name), "user", None)
            for name in middleware
        },
    }


@lru_cache
def _username(key):
    return get_user_model().objects.get(pk=key).username if key else None
