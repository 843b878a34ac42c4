"""What is done to the site, one after the other, while visitors come."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rendering import TEMPLATE, run
from stacks import docker

from proofs.swarm.nodes import wait_until
from proofs.swarm.site import Site

REPLICAS: Final = 2
NEVER_READY: Final = 'echo \'CACHES["default"]["LOCATION"] = "redis://127.0.0.1:1"\' >> config/settings/production.py'


@dataclass(frozen=True)
class Event:
    """do: does it, and returns what its operator saw; lossless: no request may be lost."""

    name: str
    do: Callable[[Site], str]
    lossless: bool = True


def release(site: Site, image: str, *, works: bool, **environment: str) -> str:
    """Release a version, and return the last line that was said of it."""
    done = site.stack.release(image, **environment)
    last = done.stderr.strip().splitlines()[-1]
    if (done.returncode == 0) is not works:
        raise RuntimeError(done.stderr)
    site.settled(REPLICAS)
    return re.sub(r"\S*shop(_\w+)?\b(@sha256:\w+)?", r"…\1", last.removeprefix("release: "))


def update(site: Site) -> str:
    """Release a new version."""
    return release(site, site.stack.version("2", "echo '# 2' >> config/urls.py"), works=True)


def release_what_ends(site: Site) -> str:
    """Release a version that ends at its start."""
    broken = site.stack.version("broken", "echo 1 / 0 >> gunicorn.conf.py")
    return release(site, broken, works=False)


def release_what_is_never_ready(site: Site) -> str:
    """Release a version that starts, and does not reach its cache."""
    return release(site, site.stack.version("unready", NEVER_READY), works=False)


def fail_migration(site: Site) -> str:
    """Release a migration that fails."""
    code = (TEMPLATE / "proofs/faults/site/failing_migration.py").read_text("utf-8")
    quoted = "".join(f"\\{ord(character):03o}" for character in code)
    module = f"{site.stack.folder.name}/users/migrations/0002_failing.py"
    failing = site.stack.version("failing", f"printf '{quoted}' > {module}")
    return release(site, failing, works=False)


def scale(site: Site) -> str:
    """Add two containers, and take them away."""
    for number in (2 * REPLICAS, REPLICAS):
        docker("service", "scale", "--detach", f"{site.web}={number}")
        site.settled(number)
    return ""


def change_secret_key(site: Site) -> str:
    """Change the secret key by two releases, as docs/swarm.md says."""
    secrets = site.stack.folder / "secrets"
    former, new = (secrets / "secret_key").read_text(), "n" * 64
    replace(secrets / "secret_key_fallbacks", new)
    release_again(site, {"SECRET_KEY_FALLBACKS_VERSION": "2"})
    replace(secrets / "secret_key_fallbacks", former)
    replace(secrets / "secret_key", new)
    return release_again(site, {"SECRET_KEY_VERSION": "2", "SECRET_KEY_FALLBACKS_VERSION": "3"})


def change_database_password(site: Site) -> str:
    """Let web log in by another role, as docs/swarm.md says."""
    name, password = site.stack.folder.name, "p" * 64
    for command in (
        f"CREATE ROLE {name}_2 LOGIN PASSWORD '{password}' IN ROLE {name}",
        f"ALTER ROLE {name}_2 SET role = {name}",
    ):
        site.stack.execute("postgres", "psql", "--username", "postgres", "--command", command)
    replace(site.stack.folder / "secrets" / "database_password", password)
    url = f"postgres://{name}_2@postgres:5432/{name}"
    return release_again(site, {"DATABASE_URL": url, "DATABASE_PASSWORD_VERSION": "2"})


def replace(secret: Path, text: str) -> None:
    """Write a secret that may not be written to."""
    secret.unlink()
    secret.write_text(text)


def release_again(site: Site, changes: dict[str, str]) -> str:
    """Release what serves, with changes in .env."""
    site.stack.environment.update(changes)
    image = docker("service", "inspect", "--format", IMAGE_OF, site.web)
    return release(site, image, works=True)


IMAGE_OF: Final = "{{.Spec.TaskTemplate.ContainerSpec.Image}}"


def kill_container(site: Site) -> str:
    """Kill a container of web."""
    node = next(node for node in site.nodes if node.containers(site.web))
    container = node.containers(site.web)[0]
    node.docker("kill", container)
    wait_until(lambda: container not in node.containers(site.web), "it is not gone")
    site.settled(REPLICAS)
    return ""


def drain_node(site: Site) -> str:
    """Drain a node that runs web, until another one does."""
    node = site.beside_the_manager()
    docker("node", "update", "--availability", "drain", node.name)
    wait_until(lambda: not node.containers(site.web), "the node is not drained")
    site.settled(REPLICAS)
    docker("node", "update", "--availability", "active", node.name)
    return ""


def lose_node(site: Site) -> str:
    """Kill a node that runs web, with its engine."""
    node = site.beside_the_manager()
    docker_outside("kill", node.container)
    wait_until(lambda: node not in site.alive(), "the node is not missed")
    site.settled(REPLICAS)
    return ""


def docker_outside(*arguments: str) -> None:
    """Let this machine's own engine do something, and not a node's."""
    run("docker", *arguments, cwd=TEMPLATE, DOCKER_HOST="").check_returncode()


EVENTS: Final = (
    Event("a new version is released", update),
    Event("a node is drained", drain_node),
    Event("a version ends at its start", release_what_ends),
    Event("a migration fails", fail_migration),
    Event("from two containers to four, and back", scale),
    Event("a container is killed (SIGKILL)", kill_container, lossless=False),
    Event("the secret key changes, by two releases", change_secret_key),
    Event("the password of the database changes, by another role", change_database_password),
    Event("a version never becomes ready", release_what_is_never_ready),
    Event("a node is gone (SIGKILL)", lose_node, lossless=False),
)
