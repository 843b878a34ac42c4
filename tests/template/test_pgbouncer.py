"""A project behind PgBouncer in transaction mode, with the file that its documentation shows."""

from __future__ import annotations

import re
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from rendering import render
from stacks import Production, eventually, started_production, unique_slug
from task_site import until

pytestmark = [pytest.mark.compose, pytest.mark.night]

SERVER_CONNECTIONS: Final = 3
CLIENTS: Final = 24
PATIENCE: Final = 600
"""How long a request may wait while something else keeps the machine busy, in seconds."""

PAGES: Final = """
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission
from django.db import connection
from django.http import HttpResponse

from {slug}.home.tasks import delete_expired_sessions


def value(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


def sync(request):
    return HttpResponse(value("SELECT 'a row', pg_sleep(0.02)"))


async def asynchronous(request):
    await Permission.objects.afirst()
    return HttpResponse(await sync_to_async(value)("SELECT 'a row', pg_sleep(0.02)"))


def iterate(request):
    found = Permission.objects.iterator(chunk_size=2)
    return HttpResponse("a row" if sum(1 for _ in found) > 10 else "too few")


def leave(request):
    return HttpResponse(value("SELECT set_config('app.visitor', 'alice', false)"))


def look(request):
    return HttpResponse(value("SELECT coalesce(current_setting('app.visitor', true), '')"))


def limit(request):
    return HttpResponse(value("SHOW statement_timeout"))


def enqueue(request):
    return HttpResponse(delete_expired_sessions.enqueue().id)


urlpatterns += [
    path(f"{{view.__name__}}/", view)
    for view in (sync, asynchronous, iterate, leave, look, limit, enqueue)
]
"""


def documented(project: Path) -> str:
    """Return the file for Compose that the page shows."""
    page = (project / "docs" / "scaling.md").read_text("utf-8")
    [block] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    return str(block)


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """Start the stack with few connections, and limit the role's statements as the page says."""
    slug = unique_slug()
    project = render(
        tmp_path_factory.mktemp("pgbouncer"), project_slug=slug, tasks="database", accounts="none"
    )
    file = documented(project)
    for text, changed in (
        ("pool_size = 20", f"pool_size = {SERVER_CONNECTIONS}"),
        ("DATABASE_STATEMENT_TIMEOUT: 0", f"&\n      LANES_WAIT: {PATIENCE}"),
    ):
        assert text in file
        file = file.replace(text, changed.replace("&", text))
    (project / "compose.pgbouncer.yaml").write_text(file)
    with (project / "config" / "urls.py").open("a") as urls:
        urls.write(PAGES.format(slug=slug))
    files = "compose.production.yaml:compose.pgbouncer.yaml"
    with started_production(project, COMPOSE_FILE=files) as stack:
        limit = f"ALTER ROLE {slug} SET statement_timeout = '30s'"
        psql(stack, limit)
        stack.compose("restart", "pgbouncer")
        yield stack


def psql(stack: Production, query: str) -> str:
    """Return what PostgreSQL answers to its superuser."""
    command = ["psql", "--username", "postgres", "-At", "--command", query]
    return stack.execute("postgres", *command).strip()


def clients_of_pgbouncer(stack: Production) -> int:
    """Count the connections that are open at its port, 6432, in the kernel's table."""
    table = stack.execute("pgbouncer", "cat", "/proc/net/tcp").splitlines()[1:]
    rows = [line.split() for line in table]
    return sum(row[1].endswith(f":{6432:X}") and row[3] == "01" for row in rows)


@pytest.fixture
def browser(production: Production) -> Iterator[httpx.Client]:
    """Return a browser of the site, when it answers."""
    with production.browser() as client:
        client.timeout = httpx.Timeout(PATIENCE)
        eventually(client, "/sync/")
        yield client


def test_many_clients_share_few_connections(production: Production, browser: httpx.Client) -> None:
    """Each answer is right, PostgreSQL sees no more than granted, and PgBouncer has many more."""
    slug = production.folder.name
    query = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{slug}'"  # noqa: S608  # ours
    seen: list[tuple[int, int]] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            seen.append((clients_of_pgbouncer(production), int(psql(production, query))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        paths = ["/sync/", "/asynchronous/", "/iterate/"] * (CLIENTS * 2)
        with ThreadPoolExecutor(CLIENTS) as visitors:
            answers = Counter(visitors.map(lambda path: answer(browser, path), paths))
    finally:
        over.set()
        watcher.join()
    log = [line for line in production.log("web") if '"status": 200' not in line]
    assert answers == {"a row": len(paths)}, log[-20:]
    assert max(server for _, server in seen) == SERVER_CONNECTIONS
    assert max(clients for clients, _ in seen) > 3 * SERVER_CONNECTIONS


def answer(browser: httpx.Client, path: str) -> str:
    """Return the text of a page, or what went wrong."""
    try:
        return browser.get(path).text
    except httpx.HTTPError as error:
        return f"{path}: {error!r}"


def test_no_visitor_sees_what_another_left_in_a_session(browser: httpx.Client) -> None:
    """Whichever connection serves the next one."""
    with ThreadPoolExecutor(8) as visitors:
        paths = ["/leave/", "/look/"] * 40
        texts = visitors.map(lambda path: answer(browser, path), paths)
        answers = Counter(zip(paths, texts, strict=True))
    assert answers == {("/leave/", "alice"): 40, ("/look/", ""): 40}


def test_statements_have_the_limit_of_the_role(browser: httpx.Client) -> None:
    """PgBouncer takes no options from clients."""
    assert browser.get("/limit/").text == "30s"


def test_admin_works(production: Production, browser: httpx.Client) -> None:
    """A person logs in, and what is saved is there."""
    word = uuid.uuid4().hex
    create = "python manage.py createsuperuser --noinput --username ada --email ada@example.com"
    secret = f"DJANGO_SUPERUSER_PASSWORD={word}"
    production.compose("exec", "-T", "--env", secret, "web", *create.split())
    logged_in = submit(browser, "/admin/login/?next=/admin/", username="ada", password=word)
    assert logged_in.status_code == 302, logged_in.text
    assert submit(browser, "/admin/auth/group/add/", name="pooled").status_code == 302
    assert "pooled" in browser.get("/admin/auth/group/").text


def submit(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Send a form as a browser does, with the token of its page."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(path).text)
    assert token
    fields |= {"csrfmiddlewaretoken": token[1]}
    return browser.post(path, data=fields, headers={"Referer": str(browser.base_url.join(path))})


def test_tasks_run(production: Production, browser: httpx.Client) -> None:
    """The worker takes them through PgBouncer, too."""
    identifier = browser.get("/enqueue/").text

    def status() -> Any:
        ask = f"from django_ox.models import OxTask; print(OxTask.objects.get(pk='{identifier}').status)"
        shell = ["python", "manage.py", "shell", "-v", "0", "--command", ask]
        return production.execute("web", *shell).strip()

    until(lambda: status() == "SUCCESSFUL")
    assert production.inspect("worker", "{{.State.Health.Status}}") == "healthy"
