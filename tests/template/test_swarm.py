"""The stack for many machines: it says what compose says, and its releases lose no request."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from rendering import QUESTIONS, TEMPLATE, render, run
from stacks import docker, eventually, free_port, started_production, unique_slug, visited
from swarms import Swarm, on_a_swarm, started_swarm

FILES: Final = ("stack.yaml", "data.yaml")
ALIKE: Final = ("cap_add", "cap_drop", "command", "environment", "logging", "networks", "read_only", "stop_grace_period", "user")  # fmt: skip
"""What a service has on one machine as on many."""

HERE_ALONE: Final = {"caddy": {"UPSTREAMS"}}
"""Variables of the stack that compose needs not."""


@pytest.fixture(scope="module", params=QUESTIONS["tasks"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project for each answer that changes the stack."""
    return render(tmp_path_factory.mktemp(request.param), tasks=request.param)


def services(file: Path) -> dict[str, Any]:
    """Return what a file says of each service."""
    found: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))["services"]
    return found


@pytest.mark.parametrize("name", FILES)
def test_files_are_what_docker_reads(project: Path, name: str) -> None:
    """By the published schema."""
    check = ("-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec")
    checked = run(sys.executable, *check, f"deploy/swarm/{name}", cwd=project)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_stack_says_what_compose_says(project: Path) -> None:
    """The same services with the same variables, networks, limits and rights."""
    compose = services(project / "compose.production.yaml")
    stack = {k: v for file in FILES for k, v in services(project / "deploy/swarm" / file).items()}
    assert stack.keys() == {name for name in compose if "profiles" not in compose[name]}
    for name, service in stack.items():
        for key in ALIKE:
            here, there = service.get(key), compose[name].get(key)
            if key == "environment" and here:
                here, there = here.keys() - HERE_ALONE.get(name, set()), there.keys()
            if name == "caddy_volumes" and key == "networks":
                continue  # a service of a swarm has a network
            assert here == there, (name, key)
        here, there = (s["deploy"]["resources"]["limits"] for s in (service, compose[name]))
        assert here == there, name


def test_both_files_have_the_same_networks(project: Path) -> None:
    """They are one stack."""
    stack, data = (
        yaml.safe_load((project / "deploy/swarm" / file).read_text("utf-8")) for file in FILES
    )
    assert data["networks"].items() <= stack["networks"].items()
    assert data["secrets"].keys() <= stack["secrets"].keys()


@pytest.mark.compose
@pytest.mark.swarm
@pytest.mark.parametrize("name", FILES)
def test_docker_reads_the_files(project: Path, name: str) -> None:
    """Without an engine."""
    file = project / "deploy" / "swarm" / name
    read = run("docker", "stack", "config", "--compose-file", file, cwd=project, IMAGE="a")
    assert (read.returncode, read.stderr) == (0, "")


@pytest.fixture(scope="module")
def swarm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swarm]:
    """Release the first version of a project."""
    folder = render(tmp_path_factory.mktemp("swarm"), project_slug=unique_slug())
    with started_swarm(folder) as stack:
        with stack.browser() as browser:
            eventually(browser, "/")
        yield stack


@pytest.mark.compose
@pytest.mark.swarm
@pytest.mark.night
def test_first_release_serves(swarm: Swarm) -> None:
    """Two containers that cannot change their files."""
    assert len(swarm.containers("web")) == 2
    for container in swarm.containers("web"):
        shown = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.State.Health.Status}}"
        assert docker("inspect", "--format", shown, container) == "true [ALL] healthy"
    with swarm.browser() as browser:
        assert "<h1" in browser.get("/").text
        assert browser.get("/readyz").status_code == 404


@pytest.mark.compose
@pytest.mark.swarm
@pytest.mark.night
def test_update_loses_no_request(swarm: Swarm) -> None:
    """All containers are replaced, one after the other."""
    image = swarm.version("2", "echo '# 2' >> config/urls.py")
    with visited(swarm) as answers:
        released = swarm.release(image)
    assert released.returncode == 0, released.stderr
    assert released.stderr.splitlines()[-1] == f"release: {image} serves"
    assert swarm.images("web") == {image}
    assert answers[200] > 2
    assert set(answers) == {200}


@pytest.mark.compose
@pytest.mark.swarm
@pytest.mark.night
def test_version_that_does_not_start_goes_back(swarm: Swarm) -> None:
    """By itself: what serves goes on, and the release says why."""
    before = swarm.containers("web")
    with visited(swarm) as answers:
        refused = swarm.release(swarm.version("broken", "echo 1 / 0 >> gunicorn.conf.py"))
    assert refused.returncode == 1
    assert "ZeroDivisionError" in refused.stderr
    assert refused.stderr.splitlines()[-1].startswith("release: the former version serves again")
    assert swarm.containers("web") == before
    assert set(answers) == {200}


@pytest.mark.compose
@pytest.mark.swarm
@pytest.mark.night
def test_migration_that_fails_updates_nothing(swarm: Swarm) -> None:
    """And the release shows its log."""
    code = (TEMPLATE / "proofs/faults/site/failing_migration.py").read_text("utf-8")
    module = f"{swarm.folder.name}/users/migrations/0002_failing.py"
    quoted = "".join(f"\\{ord(character):03o}" for character in code)
    before = swarm.containers("web")
    refused = swarm.release(swarm.version("failing", f"printf '{quoted}' > {module}"))
    assert refused.returncode == 1
    assert "division by zero" in refused.stderr
    told = "release: the migration has failed, and nothing is updated"
    assert refused.stderr.splitlines()[-1] == told
    assert swarm.containers("web") == before


@pytest.mark.compose
@pytest.mark.swarm
@pytest.mark.night
def test_what_is_missing_is_one_line(swarm: Swarm) -> None:
    """A secret, an image that a registry refuses, a domain; what serves goes on serving."""
    before = swarm.containers("web")
    nowhere = f"127.0.0.1:{free_port()}/shop:1"
    refused = swarm.release(nowhere)
    [_, line] = refused.stderr.splitlines()
    assert line.startswith(f"release: {nowhere} cannot be had: ")
    (swarm.folder / "secrets" / "email_url").unlink()
    refused = swarm.release(swarm.image, EMAIL_URL_VERSION="2", DOMAIN="nowhere.invalid")
    domain, secret = refused.stderr.splitlines()
    assert domain.startswith("release: nowhere.invalid has no address: ")
    missing = (
        f"release: there is no secret {swarm.folder.name}_email_url_2, and no secrets/email_url"
    )
    assert secret.startswith(missing)
    assert refused.returncode == 1
    assert swarm.containers("web") == before


@pytest.mark.compose
@pytest.mark.swarm
@pytest.mark.night
def test_site_moves_from_one_machine(tmp_path: Path) -> None:
    """As the page says, with the rows and the uploads that it had."""
    folder = render(tmp_path, project_slug=unique_slug())
    psql = ["psql", "--username", folder.name, "--tuples-only", "--no-align", "--command"]
    with started_production(folder) as one:
        one.execute("postgres", *psql, "CREATE TABLE moved AS SELECT 42 AS number")
        one.execute("web", "sh", "-c", "echo kept > media/kept.txt")
        one.compose("down")
        many = Swarm(folder, one.environment | {"COMPOSE_FILE": ""})
        with on_a_swarm(), many.removed():
            released = many.release(one.image)
            assert released.returncode == 0, released.stderr
            assert many.execute("postgres", *psql, "SELECT number FROM moved") == "42"
            with many.browser() as browser:
                assert eventually(browser, "/media/kept.txt").text == "kept\n"
