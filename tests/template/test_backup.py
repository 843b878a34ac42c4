"""Backups of a production stack: made while it serves, kept, lost, damaged, and restored."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import httpx
import pytest
from kustomize import build, one
from moto.server import ThreadedMotoServer
from rendering import render, run
from stacks import DEADLINE, Production, docker, eventually, started_production, unique_slug

pytestmark = [pytest.mark.compose, pytest.mark.night]

ROWS: Final = 1_000_000
CREATE: Final = f"""
CREATE TABLE many AS SELECT number, md5(number::text) FROM generate_series(1, {ROWS}) AS number;
CREATE TABLE one (number serial); CREATE TABLE other (number serial);
"""
WRITE: Final = "WITH written AS (INSERT INTO one DEFAULT VALUES) INSERT INTO other DEFAULT VALUES"
"""A row in each of two tables, at once."""


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """Start a production stack with a user, an upload, a million rows, and a backup of them."""
    folder = render(tmp_path_factory.mktemp("backup"), project_slug=unique_slug())
    with started_production(folder) as stack:
        sql(stack, CREATE)
        user = "--env DJANGO_SUPERUSER_PASSWORD=x web python manage.py createsuperuser --noinput"
        stack.compose("exec", "-T", *user.split(), "--email", "ada@example.com")
        stack.execute("web", "sh", "-c", "echo first >media/first.txt")
        stack.compose("--profile", "backup", "build", "backup")
        command(stack, "backup-init")
        command(stack, "backup")
        yield stack


def sql(stack: Production, query: str, *, database: str = "") -> list[str]:
    """Return the rows that the site's role sees."""
    psql = ["psql", "--username", stack.folder.name, "-AtF,", "--dbname"]
    database = database or stack.folder.name
    return stack.execute("postgres", *psql, database, "--command", query).splitlines()


def databases(stack: Production) -> list[str]:
    """Return the databases of the site's role."""
    owned = (
        "SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = current_user ORDER BY 1"
    )
    return sql(stack, owned)


def command(
    stack: Production,
    *words: str,
    fails: bool = False,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return what a command of the service prints, one line of its own if it fails."""
    options = [f"--env={name}={value}" for name, value in environment.items()]
    service = ["--progress", "quiet", "run", "--rm", "-T", "--no-deps", *options, "backup"]
    said = stack.compose(*service, *words, check=not fails).strip()
    if fails:
        assert said.count("\n") == 0, said
        assert said.startswith(f"{words[0]}: ")
    return said


def snapshots(stack: Production) -> list[str]:
    """Return the ids of the backups that are there."""
    listed = command(stack, "restic", "snapshots", "--json")
    return re.findall(r'"short_id":"([0-9a-f]+)"', listed)


def restore(stack: Production, *arguments: str, code: int = 0) -> str:
    """Return what the script for people prints."""
    script = stack.folder / "deploy" / "restore"
    done = run("sh", script, *arguments, cwd=stack.folder.parent, **stack.environment)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr + done.stdout


def until(true: Callable[[], object]) -> None:
    """Wait for something to be true. Raises AssertionError after the deadline."""
    deadline = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def may_make_databases(stack: Production) -> str:
    """Return what PostgreSQL says of the site's role."""
    [answer] = sql(stack, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user")
    return answer


def test_a_backup_is_of_one_moment(production: Production) -> None:
    """The site writes meanwhile, to two tables at once; both have as many rows in the backup."""
    psql = f"psql --username {production.folder.name} {production.folder.name}"
    writing = ["sh", "-c", f"echo '{WRITE} \\watch 0.005' | exec {psql}"]
    pid = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'WITH written%'"
    writer = threading.Thread(
        target=lambda: production.compose("exec", "-T", "postgres", *writing, check=False)
    )
    writer.start()
    try:
        until(lambda: sql(production, "SELECT count(*) > 10 FROM other") == ["t"])
        said = command(production, "backup")
    finally:
        sql(production, pid)
        writer.join(DEADLINE)
    rows = re.search(r"stored: (\d+) rows in \d+ tables \(\d+MB\), 1 uploads", said)
    assert rows, said
    assert int(rows[1]) > ROWS
    lent(production, "restore-load")
    restored = f"{production.folder.name}_restored"
    count = "SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM other)"
    [then] = sql(production, count, database=restored)
    [now] = sql(production, count)
    one, other = then.split(",")
    assert one == other
    assert int(now.split(",")[0]) > int(one) > 10
    command(production, "restore-drop", restored)


def lent(stack: Production, *words: str, fails: bool = False) -> str:
    """Run a command while the site's role may make databases."""
    psql = ["psql", "--username", "postgres", "--command"]
    stack.execute("postgres", *psql, f"ALTER ROLE {stack.folder.name} CREATEDB")
    try:
        return command(stack, *words, fails=fails)
    finally:
        stack.execute("postgres", *psql, f"ALTER ROLE {stack.folder.name} NOCREATEDB")


def test_a_restore_takes_the_place_of_the_site(production: Production) -> None:
    """No request is lost; what is newer is in the former database, which can be brought back."""
    slug = production.folder.name
    answers: Counter[int | str] = Counter()
    restored = threading.Event()

    def ask() -> None:
        with production.browser() as client:
            while not restored.is_set():
                try:
                    answers[client.get("/accounts/login/").status_code] += 1
                except httpx.HTTPError as error:
                    answers[repr(error)] += 1

    command(production, "backup")
    sql(production, "CREATE TABLE newer (number integer)")
    change = "rm media/first.txt; echo newer >media/newer.txt"
    production.execute("web", "sh", "-c", change)
    asker = threading.Thread(target=ask)
    asker.start()
    try:
        said = restore(production)
    finally:
        restored.set()
        asker.join()
    assert answers[200] > 2
    assert set(answers) == {200}
    [former] = re.findall(rf"The former one is ({slug}_before_\w+)", said)
    assert databases(production) == [slug, former]
    assert sql(production, "SELECT to_regclass('newer')") == [""]
    assert sql(production, "SELECT to_regclass('newer')", database=former) == ["newer"]
    assert sql(production, "SELECT email FROM users_user") == ["ada@example.com"]
    files = production.execute("web", "sh", "-c", "cat media/first.txt media/newer.txt")
    assert files == "first\nnewer\n"
    assert may_make_databases(production) == "f"

    refused = command(production, "restore-drop", slug, fails=True)
    assert refused == f"restore-drop: name one of: {former}"
    said = lent(production, "restore-swap", former)
    with production.browser() as client:
        eventually(client, "/accounts/login/")
    assert sql(production, "SELECT to_regclass('newer')") == ["newer"]
    sql(production, "DROP TABLE newer")
    [unwanted] = re.findall(rf"The former one is ({slug}_before_\w+)", said)
    command(production, "restore-drop", unwanted)
    assert databases(production) == [slug]


def test_a_drill_leaves_all_as_it_is(production: Production) -> None:
    """It restores, migrates, verifies and drops."""
    before = databases(production)
    containers = production.compose("ps", "--quiet")
    said = restore(production, "--drill")
    assert "user 1 can log in" in said
    assert said.endswith("restore: the backup can be restored\n")
    assert (databases(production), production.compose("ps", "--quiet")) == (before, containers)
    assert may_make_databases(production) == "f"


TAMPER: Final = """
set -e
mkdir /backup/stage
restic --quiet restore latest:/backup/stage --target /backup/stage
cd /backup/stage
{change}
restic --quiet backup --json --host "$PROJECT" /backup/stage
rm -r /backup/stage
"""
BAD: Final = {
    "cut in the middle": ("truncate --size=-1M database.dump", "is not whole"),
    "cut to nothing": ("truncate --size=0 database.dump", "is not whole"),
    "an archive of a newer version": (
        r"printf '\377' | dd of=database.dump bs=1 seek=6 conv=notrunc 2>&1",
        "is not whole: pg_restore: error: unsupported version",
    ),
    "a newer PostgreSQL": (
        "sed -i 's/ .*/ 99/' about", "is of PostgreSQL 99, and this server is 18",
    ),
    "another project": ("sed -i 's/.* /shop /' about", "is of another project, shop"),
    "a row too few": ("sed -i 's/^many .*/many 1000001/' counts", "not as it was: many 1000001"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_backup_is_refused(production: Production, kind: str) -> None:
    """In one line, and nothing is changed."""
    change, complaint = BAD[kind]
    made = command(production, "sh", "-c", TAMPER.format(change=change))
    [snapshot] = re.findall(r'"snapshot_id":"([0-9a-f]{8})', made)
    before = databases(production)
    try:
        assert complaint in lent(production, "restore-load", snapshot, fails=True)
    finally:
        command(production, "restic", "--quiet", "forget", snapshot)
    assert databases(production) == before
    assert command(production, "sh", "-c", "ls -d /backup/restore.* || true").endswith("directory")


def test_a_database_that_does_not_suit_the_site_is_not_taken(production: Production) -> None:
    """The code asks for a column that was not there: nobody could log in."""
    column = "ALTER TABLE users_user RENAME COLUMN {} TO {}"
    sql(production, column.format("is_active", "active"))
    command(production, "backup")
    sql(production, column.format("active", "is_active"))
    restored = f"{production.folder.name}_restored"
    try:
        said = restore(production, code=1)
        assert "CommandError: The database does not suit this code: column" in said
        assert databases(production) == [production.folder.name, restored]
        assert f"{restored} is there already" in command(production, "restore-load", fails=True)
    finally:
        command(production, "restore-drop", restored)
        command(production, "restic", "--quiet", "forget", snapshots(production)[-1])
    with production.browser() as client:
        assert client.get("/accounts/login/").status_code == 200


def test_a_database_of_newer_code_is_not_taken(production: Production) -> None:
    """Its last migration is none that this code has."""
    row = "('users', '9999_later', now())"
    sql(production, f"INSERT INTO django_migrations (app, name, applied) VALUES {row}")
    verify = ["run", "--rm", "-T", "--no-deps", "migrate", "python", "manage.py", "verify_database"]
    try:
        said = production.compose(*verify, check=False)
    finally:
        sql(production, "DELETE FROM django_migrations WHERE name = '9999_later'")
    assert "users.9999_later in the database is of newer code" in said
    assert "Traceback" not in said


def test_nothing_is_readable_without_the_key(production: Production) -> None:
    """Files hold neither rows nor uploads, and another key is told as such."""
    found = command(production, "sh", "-c", "grep -rlE 'ada@example|first' /backup || true")
    assert found == ""
    other = {"RESTIC_PASSWORD_FILE": "/run/secrets/database_password"}
    for words in (["backup"], ["backup-init"], ["restore-load"]):
        assert "the key does not fit" in command(production, *words, fails=True, environment=other)


MANY: Final = """
set -e
for day in $(seq 12); do
    restic --quiet backup --host "$PROJECT" --time "$(date --date "$day days ago" '+%F %T')" /etc/hostname
done
"""


def test_older_backups_go_as_was_set_and_only_after_a_good_one(production: Production) -> None:
    """Two days, two weeks, one month: five at most, as some are the same."""
    command(production, "sh", "-c", MANY)
    before = snapshots(production)
    assert len(before) > 12
    numbers = {"BACKUP_DAILY": "2", "BACKUP_WEEKLY": "2", "BACKUP_MONTHLY": "1"}
    failing = {"DATABASE_URL": "postgres://nobody@postgres/nothing"} | numbers
    assert "cannot be reached" in command(production, "backup", fails=True, environment=failing)
    assert snapshots(production) == before
    command(production, "backup", environment=numbers)
    left = snapshots(production)
    assert 2 <= len(left) <= 5
    assert left[-1] not in before


def test_a_backup_that_is_killed_counts_for_nothing(production: Production) -> None:
    """Neither do its remains keep the next one from being made."""
    before = snapshots(production)
    running = production.compose("run", "--detach", "-T", "--no-deps", "backup", "backup").split()
    dump = "test -s /backup/stage/database.dump"
    until(
        lambda: run("docker", "exec", running[-1], "sh", "-c", dump, cwd=Path.cwd()).returncode == 0
    )
    docker("kill", running[-1])
    docker("rm", "--force", running[-1])
    assert snapshots(production) == before
    assert "is stored" in command(production, "backup")
    assert "stage" not in command(production, "sh", "-c", "ls /backup").split()


def mounted(stack: Production, place: str) -> list[str]:
    """Return the options that put the secrets to a place; others cannot look into their folder."""
    files = (stack.folder / "secrets").iterdir()
    return [f"--volume={file}:{place}/{file.name}:ro" for file in files]


def test_a_full_disk_is_told_and_costs_no_backup(production: Production) -> None:
    """The dump does not fit; those that were made before are there."""
    before = snapshots(production)
    config = production.folder.name
    full = run(
        "docker", "run", "--rm", "--network", f"{config}_production_back", "--tmpfs", "/backup:size=9m,uid=1000,gid=1000",
        "--volume", f"{config}_production_backup:/kept", *mounted(production, "/run/secrets"),
        *(f"--env={name}" for name in (
            f"PROJECT={config}", f"DATABASE_URL=postgres://{config}@postgres:5432/{config}",
            "DATABASE_PASSWORD_FILE=/run/secrets/database_password",
            "RESTIC_PASSWORD_FILE=/run/secrets/backup_password",
            "RESTIC_REPOSITORY=/kept/repository",
        )),
        f"{config}:backup", "backup", cwd=production.folder,
    )  # fmt: skip
    assert full.returncode == 1
    assert full.stderr.count("\n") == 1
    assert full.stderr.startswith("backup: there is no dump: ")
    assert "No space left on device" in full.stderr
    assert snapshots(production) == before


def test_the_service_makes_what_was_missed_and_tells_its_health(production: Production) -> None:
    """At once when it is started; later it is unhealthy, if the last one is two days old."""
    before = snapshots(production)
    command(production, "rm", "/backup/last")
    production.compose("--profile", "backup", "up", "--detach", "--wait", "backup")
    until(lambda: any("is stored" in line for line in production.log("backup")))
    assert snapshots(production)[-1] not in before
    [_, check] = production.inspect("backup", '{{join .Config.Healthcheck.Test "\\n"}}').split("\n")
    assert production.execute("backup", "sh", "-c", check) == ""
    late = f"touch --date '2 days ago' /backup/last && {check}"
    production.compose("exec", "-T", "backup", "sh", "-c", late, check=False)
    production.compose("--profile", "backup", "rm", "--stop", "--force", "backup")


@pytest.fixture
def object_storage(production: Production) -> Iterator[str]:
    """Start a server that speaks S3 on this machine, and return its address in containers."""
    network = f"{production.folder.name}_production_internet"
    gateway = docker(
        "network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", network
    )
    server = ThreadedMotoServer(ip_address="0.0.0.0", port=0, verbose=False)  # noqa: S104  # for containers
    server.start()
    try:
        yield f"s3:http://{gateway}:{server.get_host_and_port()[1]}/backups"
    finally:
        server.stop()


CREDENTIALS: Final = "[default]\naws_access_key_id = key\naws_secret_access_key = secret\n"


def test_backups_go_to_object_storage(production: Production, object_storage: str) -> None:
    """And come back from there; a bucket that is not there is told."""
    credentials = production.folder / "secrets" / "backup_credentials"
    credentials.chmod(0o644)
    credentials.write_text(CREDENTIALS)
    there = {"RESTIC_REPOSITORY": object_storage}
    said = command(production, "backup", fails=True, environment=there)
    assert f"there is no repository at {object_storage}" in said
    command(production, "backup-init", environment=there)
    assert "is stored" in command(production, "backup", environment=there)
    assert "is stored" in command(production, "backup", environment=there)
    loaded = restore_from(production, object_storage)
    assert "restore: the backup can be restored" in loaded
    nowhere = {"RESTIC_REPOSITORY": "s3:http://nowhere.invalid/backups"}
    said = command(production, "backup", fails=True, environment=nowhere)
    assert re.search("cannot be reached: .*nowhere.invalid.*: ", said)


def restore_from(stack: Production, repository: str) -> str:
    """Run the drill with a repository elsewhere."""
    elsewhere = stack.environment | {"BACKUP_REPOSITORY": repository}
    return restore(Production(stack.folder, elsewhere), "--drill")


def test_the_job_of_kubernetes_restores(production: Production, tmp_path: Path) -> None:
    """Its containers, one after the other, with the variables and volumes that they have there."""
    slug = production.folder.name
    overlay = tmp_path / "kubernetes" / "overlay"
    shutil.copytree(production.folder / "deploy" / "kubernetes", overlay.parent)
    overlay.mkdir()
    backup = overlay.parent / "backup" / "kustomization.yaml"
    local = re.sub("(RESTIC_REPOSITORY)=.*", r"\1=/backup/repository", backup.read_text("utf-8"))
    backup.write_text(local, "utf-8")
    (overlay / "kustomization.yaml").write_text(OVERLAY.format(slug=slug))
    job = one(build(overlay), "Job", "restore")
    pod = job["spec"]["template"]["spec"]
    variables = {
        name: value
        for manifest in build(overlay)
        if manifest["kind"] == "ConfigMap"
        for name, value in manifest["data"].items()
    }
    volumes = {
        "/backup": f"{slug}_production_backup:/backup",
        "/media": f"{slug}_production_media:/media",
    }
    psql = ["psql", "--username", "postgres", "--command"]
    production.execute("postgres", *psql, f"ALTER ROLE {slug} CREATEDB")
    for step in [*pod["initContainers"], *pod["containers"]]:
        own = {variable["name"]: variable["value"] for variable in step.get("env", [])}
        environment = [f"--env={name}={value}" for name, value in (variables | own).items()]
        paths = [mount["mountPath"] for mount in step["volumeMounts"]]
        places = [f"--volume={volumes[path]}" for path in paths if path in volumes]
        places += mounted(production, "/secrets")
        said = run(
            "docker", "run", "--rm", "--read-only", "--tmpfs=/tmp", "--user", "1000:1000",
            "--network", f"{slug}_production_back", *environment, *places,
            step["image"], *step["command"], cwd=tmp_path,
        )  # fmt: skip
        assert said.returncode == 0, said.stderr
    production.execute("postgres", *psql, f"ALTER ROLE {slug} NOCREATEDB")
    [former] = re.findall(rf"The former one is ({slug}_before_\w+)", said.stdout)
    assert databases(production) == [slug, former]
    command(production, "restore-drop", former)


OVERLAY: Final = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
components: [../backup, ../restore]
images:
  - name: {slug}
    newTag: production
  - name: {slug}-backup
    newName: {slug}
    newTag: backup
configMapGenerator:
  - name: config
    literals:
      - DATABASE_URL=postgres://{slug}@postgres:5432/{slug}
      - DATABASE_PASSWORD_FILE=/secrets/database_password
      - SECRET_KEY_FILE=/secrets/secret_key
      - CACHE_URL=locmemcache://
      - EMAIL_URL=consolemail://
      - ALLOWED_HOSTS=localhost
"""
