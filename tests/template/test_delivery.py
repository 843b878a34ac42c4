"""From a commit to a site that serves it: each step of CI and of a deployment, as it is written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import vulnerabilities
import yaml
from registry import Registry, started_registry
from rendering import render, run
from ssh_server import Machine, started_ssh_server
from stacks import (
    Production,
    docker,
    eventually,
    free_port,
    image_removed,
    lock,
    unique_slug,
    visited,
)

SCRIPTS: Final = ("make-secrets", "push", "release", "release-over-ssh", "scan", "smoke-test")
REPOSITORY: Final = "Team/Shop"
"""Registries know no capital letters; GitHub's repositories do."""

NOWHERE: Final = "registry.invalid/shop@sha256:" + 64 * "0"


# Without an engine


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a project for each host, and one for none."""
    return {
        choice: render(tmp_path_factory.mktemp(choice), ci=choice, project_slug="shop")
        for choice in ("github", "gitlab", "none")
    }


def github(project: Path, workflow: str) -> Any:
    """Return a workflow of GitHub."""
    return yaml.safe_load((project / ".github" / "workflows" / workflow).read_text("utf-8"))


def gitlab(project: Path) -> Any:
    """Return the pipeline of GitLab."""
    return yaml.safe_load((project / ".gitlab-ci.yml").read_text("utf-8"))


def commands(job: Any) -> list[str]:
    """Return what a job of GitHub types, step by step."""
    return [step["run"] for step in job["steps"] if "run" in step]


def test_a_project_without_ci_can_be_released(projects: dict[str, Path]) -> None:
    """By hand, and with no script that only CI calls."""
    names = {path.name for path in (projects["none"] / "deploy").iterdir() if path.is_file()}
    assert names & set(SCRIPTS) == {"make-secrets", "release"}


def test_both_hosts_build_try_scan_and_save_the_same(projects: dict[str, Path]) -> None:
    """An image is built once, by commands that follow each other."""
    on_github = commands(github(projects["github"], "ci.yml")["jobs"]["image"])
    assert on_github == gitlab(projects["gitlab"])["container"]["script"]
    assert [command.split()[:2] for command in on_github] == [
        ["docker", "build"],
        ["sh", "deploy/smoke-test"],
        ["sh", "deploy/scan"],
        ["docker", "save"],
    ]
    everything = (projects["github"] / ".github/workflows/ci.yml").read_text("utf-8")
    assert everything.count("docker build") == 1


def test_only_the_job_that_publishes_may_write(projects: dict[str, Path]) -> None:
    """It waits for all others, and for the main branch; the rest may read the code."""
    workflow = github(projects["github"], "ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    writing = [name for name, job in workflow["jobs"].items() if "permissions" in job]
    assert writing == ["publish"]
    publish = workflow["jobs"]["publish"]
    assert publish["if"] == "github.ref == 'refs/heads/main'"
    assert {"publish", *publish["needs"]} == set(workflow["jobs"])
    deploy = github(projects["github"], "deploy.yml")["jobs"]["deploy"]
    assert set(deploy["permissions"].values()) == {"read"}
    assert deploy["environment"] == "${{ inputs.environment }}"


def test_gitlab_deploys_by_hand_and_one_at_a_time(projects: dict[str, Path]) -> None:
    """After what has published; a release that has begun is not cut short."""
    job = gitlab(projects["gitlab"])["deploy"]
    assert [rule["when"] for rule in job["rules"]] == ["manual"]
    assert job["needs"] == ["publish"]
    assert job["resource_group"]
    assert job["interruptible"] is False


@pytest.mark.parametrize(
    "wrong", ["", "latest", "shop:1", "shop@sha256:12", f"{NOWHERE}0", f"{NOWHERE}'; id;'", "a b"]
)
@pytest.mark.parametrize("script", ["release", "release-over-ssh"])
def test_only_a_digest_is_released(projects: dict[str, Path], script: str, wrong: str) -> None:
    """A name that may mean another image tomorrow is refused, before anything is done."""
    refused = run("sh", f"deploy/{script}", wrong, cwd=projects["github"])
    assert refused.returncode == 2
    assert f"Usage: sh deploy/{script} REGISTRY/NAME@sha256:DIGEST" in refused.stderr


@pytest.mark.parametrize("missing", ["TARGET", "FOLDER", "KEY", "HOST_KEY"])
def test_what_a_deployment_needs_is_named(projects: dict[str, Path], missing: str) -> None:
    """In the last line."""
    given = {name: "x" for name in ("TARGET", "FOLDER", "KEY", "HOST_KEY") if name != missing}
    environment = {f"DEPLOY_{name}": value for name, value in given.items()}
    refused = run(
        "sh", "deploy/release-over-ssh", NOWHERE, cwd=projects["github"],
        **{f"DEPLOY_{missing}": ""} | environment,
    )  # fmt: skip
    assert refused.returncode == 2
    assert f"DEPLOY_{missing}: is not set: " in refused.stderr.splitlines()[-1]


# With an engine


class Site(NamedTuple):
    """What is delivered: the project, the machine where it serves, and the registry between."""

    project: Path
    server: Production
    machine: Machine
    registry: Registry

    def deploy(self, image: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Do the last step of GitHub's deployment."""
        step = commands(github(self.project, "deploy.yml")["jobs"]["deploy"])[-1]
        environment = {
            "IMAGE": image,
            "DEPLOY_TARGET": self.machine.target,
            "DEPLOY_FOLDER": str(self.server.folder),
            "DEPLOY_KEY": self.machine.key,
            "DEPLOY_HOST_KEY": self.machine.host_key,
        }
        return run("bash", "-e", "-c", step, cwd=self.project, **environment | changes)

    def variant(self, image: str, *lines: str) -> str:
        """Publish a version that differs by some lines of a Dockerfile."""
        text = "\n".join((f"FROM {image}", "USER root", *lines, "USER 1000:1000"))
        build = ["docker", "build", "--quiet", "-"]
        built = subprocess.run(build, check=True, input=text, encoding="utf-8", capture_output=True)
        return self.registry.push("team/shop", built.stdout.strip())

    def serving(self) -> str:
        """Return the image that serves."""
        return self.server.inspect("web", "{{.Config.Image}}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a locked project, a machine that has its secrets and a registry."""
    folder = tmp_path_factory.mktemp("delivery")
    slug = unique_slug()
    project = render(folder, project_slug=slug, tasks="database")
    lock(project)
    server = folder / "server"
    (server / "deploy").mkdir(parents=True)
    shutil.copy(project / "deploy" / "make-secrets", server / "deploy")
    run("sh", "deploy/make-secrets", cwd=server, EMAIL_URL="consolemail://").check_returncode()
    ports = {"HTTP_PORT": free_port(), "HTTPS_PORT": free_port()}
    settings = {"COMPOSE_FILE": "compose.production.yaml", "DOMAIN": "localhost", **ports}
    (server / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    with started_registry(folder) as registry:
        environment = {"DOCKER_CONFIG": str(registry.docker_config)}
        with started_ssh_server(folder, **environment) as machine:
            stack = Production(server, settings | environment)
            shutil.copy(project / "compose.production.yaml", server)
            with stack.taken_down():
                yield Site(project, stack, machine, registry)
    for name in (slug, f"{registry.address}/team/shop"):
        for image in set(docker("image", "ls", "--quiet", name).split()):
            docker("image", "rm", "--force", image)


def step(site: Site, command: str, **environment: str) -> str:
    """Run a step of CI as GitHub does, and return what it says."""
    done = run("bash", "-e", "-c", command, cwd=site.project, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


class Published(NamedTuple):
    """What is tested, by the id that it has on this machine; what is published; what was said."""

    tested: str
    image: str
    log: str


@pytest.fixture(scope="module")
def published(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Do what CI does for a commit of the main branch, but for the scan, which has its own test."""
    jobs = github(site.project, "ci.yml")["jobs"]
    build, try_it, _scan, save = commands(jobs["image"])
    step(site, build)
    tested = docker("image", "inspect", "--format", "{{.Id}}", site.project.name)
    said = step(site, try_it)
    assert "\n/readyz 200\n/ 200\n" in said, said
    step(site, save)
    output = tmp_path_factory.mktemp("outputs") / "output"
    variables = {
        "DOCKER_CONFIG": str(site.registry.docker_config),
        "GITHUB_ACTOR": site.registry.login,
        "GITHUB_OUTPUT": str(output),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_SHA": "0123456789abcdef",
        "GITHUB_STEP_SUMMARY": str(output.with_name("summary")),
        "REGISTRY": site.registry.address,
        "TOKEN": site.registry.password,
    }
    docker("image", "rm", "--force", site.project.name)
    log = "".join(step(site, command, **variables) for command in commands(jobs["publish"]))
    outputs = dict(line.split("=") for line in output.read_text().splitlines())
    return Published(tested, f"{outputs['name']}@{outputs['digest']}", log)


@pytest.mark.compose
@pytest.mark.night
def test_what_is_published_is_what_was_tested(site: Site, published: Published) -> None:
    """The very image: it is taken from the registry again, and compared."""
    docker("image", "rm", "--force", published.tested)
    pull = run(
        "docker", "pull", published.image, cwd=site.project,
        DOCKER_CONFIG=str(site.registry.docker_config),
    )  # fmt: skip
    assert pull.returncode == 0, pull.stderr
    assert docker("image", "inspect", "--format", "{{.Id}}", published.image) == published.tested
    assert published.image.startswith(f"{site.registry.address}/team/shop@sha256:")
    assert site.registry.password not in published.log


SCANNED: Final = f"""
FROM IMAGE
USER root
COPY vulnerabilities.py /
RUN echo SOURCE=http://127.0.0.1:{vulnerabilities.PORT} > /etc/default/debsecan
ENV PIP_AUDIT_VULNERABILITY_SERVICE=osv PIP_AUDIT_OSV_URL=http://127.0.0.1:{vulnerabilities.PORT}
ENTRYPOINT ["sh", "-c", "python /vulnerabilities.py KNOWN & exec \\"$@\\"", "--"]
"""
"""The image, beside something that answers what is asked of services of the internet otherwise."""


@pytest.mark.compose
@pytest.mark.night
@pytest.mark.parametrize("known", ["no", "yes"])
def test_scan_lists_what_is_there_and_names_what_is_vulnerable(
    site: Site, published: Published, tmp_path: Path, known: str
) -> None:
    """Packages of Python and of Debian; the last line says what to type."""
    shutil.copy(vulnerabilities.__file__, tmp_path)
    shutil.copytree(site.project / "deploy", tmp_path / "deploy")
    dockerfile = SCANNED.replace("IMAGE", published.image).replace("KNOWN", known)
    (tmp_path / "Dockerfile").write_text(dockerfile)
    image = unique_slug()
    docker("build", "--quiet", "--tag", image, str(tmp_path))
    with image_removed(image):
        scan = commands(github(site.project, "ci.yml")["jobs"]["image"])[2]
        command = scan.replace(f" {site.project.name} ", f" {image} ")
        done = run("bash", "-e", "-c", command, cwd=tmp_path)
    assert done.returncode == (known == "yes"), done.stderr
    parts = json.loads((tmp_path / "sbom.cdx.json").read_text("utf-8"))["components"]
    packages = {part.get("purl", "").partition("@")[0] for part in parts}
    assert {"pkg:pypi/django", "pkg:pypi/uvicorn-worker", "pkg:deb/debian/bash"} <= packages
    assert not {"pkg:pypi/pytest", "pkg:pypi/pip-audit"} & packages
    if known == "yes":
        assert "PYSEC-2026-2" in done.stderr
        assert "CVE-2026-1 bash" in done.stderr
        last = done.stderr.splitlines()[-1]
        assert "uv lock --upgrade" in last
        assert "build with --pull" in last


@contextmanager
def losing_nothing(server: Production) -> Iterator[None]:
    """Let visitors come for as long as the context lasts; all must be answered 200."""
    with visited(server) as answers:
        yield
    assert set(answers) == {200}, answers
    assert answers[200] > 2


@pytest.fixture
def deployed(site: Site, published: Published) -> str:
    """See that the image serves: at first on a machine that has only its secrets. Return its name."""
    if not (site.server.folder / "releases.log").exists() or site.serving() != published.image:
        done = site.deploy(published.image)
        assert done.returncode == 0, done.stdout + done.stderr
    with site.server.browser() as browser:
        eventually(browser, "/")
    return published.image


@pytest.mark.compose
@pytest.mark.night
def test_first_release_serves(site: Site, deployed: str) -> None:
    """It is recorded where Compose reads it, and in the list of what has served."""
    assert f"IMAGE={deployed}\n" in (site.server.folder / ".env").read_text()
    assert (site.server.folder / "releases.log").read_text().split()[-1] == deployed


@pytest.mark.compose
@pytest.mark.night
def test_release_and_rollback_lose_no_request(site: Site, deployed: str) -> None:
    """The next version, and the former one again while the registry does not answer."""
    newer = site.variant(deployed, "LABEL version=2")
    with losing_nothing(site.server):
        done = site.deploy(newer)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines()[-1] == (
            f"release: {newer} serves. To go back: sh deploy/release {deployed}"
        )
        assert site.serving() == newer
        docker("pause", site.registry.container)
        try:
            back = site.deploy(deployed)
        finally:
            docker("unpause", site.registry.container)
        assert back.returncode == 0, back.stdout + back.stderr
    assert site.serving() == deployed
    served = (site.server.folder / "releases.log").read_text().splitlines()
    assert [line.split()[1] for line in served[-2:]] == [newer, deployed]


FAILING_MIGRATION: Final = """
from django.db import migrations
def fail(apps, editor): raise RuntimeError("it does not suit the data")
class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial")]
    operations = [migrations.RunPython(fail)]
"""
MIGRATION: Final = "/app/{slug}/users/migrations/0002_failing.py"
WORKER: Final = "/opt/venv/lib/python3*/site-packages/django_ox/management/commands/ox_worker.py"


@pytest.mark.compose
@pytest.mark.night
@pytest.mark.parametrize(
    ("dockerfile", "outcome"),
    [
        ("RUN echo 'raise RuntimeError' >> gunicorn.conf.py", "does not get ready"),
        ("RUN echo 'DATABASES[\"default\"][\"PORT\"] = 1' >> config/settings/production.py",
         "the migrations of IMAGE failed"),
        (f"COPY <<EOF {MIGRATION}{FAILING_MIGRATION}EOF", "the migrations of IMAGE failed"),
        (f"RUN rm {WORKER}", "was replaced again, as a service of it did not start"),
    ],
    ids=["server", "settings", "migration", "worker"],
)  # fmt: skip
def test_failing_version_loses_no_request(
    site: Site, deployed: str, dockerfile: str, outcome: str
) -> None:
    """The former one goes on serving, or serves again, and the last line says so."""
    failing = site.variant(deployed, dockerfile.replace("{slug}", site.project.name))
    before = (site.server.folder / "releases.log").read_text()
    with losing_nothing(site.server):
        done = site.deploy(failing)
    assert done.returncode == 1, done.stdout + done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("release: ")
    assert outcome.replace("IMAGE", failing) in last
    assert last.endswith(f"; {deployed} goes on serving")
    assert site.serving() == deployed
    assert site.server.inspect("worker", "{{.Config.Image}} {{.State.Health.Status}}") == (
        f"{deployed} healthy"
    )
    assert f"IMAGE={deployed}\n" in (site.server.folder / ".env").read_text()
    assert (site.server.folder / "releases.log").read_text() == before
    left = docker("ps", "--all", "--quiet", "--filter", f"ancestor={failing}")
    assert left == ""


@pytest.mark.compose
@pytest.mark.night
def test_image_that_cannot_be_had_changes_nothing(site: Site, deployed: str) -> None:
    """A digest that the registry does not know, a password that it does not take, no registry."""
    unknown = deployed[:-64] + 64 * "0"
    stranger = site.server.folder.parent / "stranger"
    shutil.copytree(site.registry.docker_config, stranger, symlinks=True)
    (stranger / "config.json").unlink()
    refusals = {
        "manifest unknown": site.deploy(unknown),
        "no basic auth credentials": run(
            "sh", "deploy/release", unknown, cwd=site.server.folder, DOCKER_CONFIG=str(stranger)
        ),
        "no such host": site.deploy(NOWHERE),
    }
    for reason, refused in refusals.items():
        assert refused.returncode == 1
        last = refused.stderr.splitlines()[-1]
        assert "cannot be had" in last
        assert reason in last
        assert last.endswith(f"; {deployed} goes on serving")
    assert site.serving() == deployed


@pytest.mark.compose
@pytest.mark.night
def test_two_releases_do_not_mix(site: Site, deployed: str) -> None:
    """The second one is told to wait."""
    with subprocess.Popen(
        ["flock", site.server.folder, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdin.write(b"held\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == b"held\n"
        refused = site.deploy(deployed)
        holder.stdin.close()
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("release: another release is under way here")


@pytest.mark.compose
@pytest.mark.night
@pytest.mark.usefixtures("deployed")
def test_stranger_is_not_deployed_to(site: Site, published: Published) -> None:
    """A machine that shows another key than its own gets neither files nor an image."""
    refused = site.deploy(published.image, DEPLOY_HOST_KEY=site.machine.host_key[:-20] + "A" * 19)
    assert refused.returncode != 0
    assert "Host key verification failed" in refused.stderr


@pytest.mark.compose
@pytest.mark.night
def test_gitlab_publishes_and_signs_what_was_tested(
    site: Site, published: Published, tmp_path: Path
) -> None:
    """Cosign is told the digest; what it does with it needs GitLab.com and Sigstore."""
    project = render(tmp_path, ci="gitlab", project_slug=site.project.name)
    shutil.copy(site.project / "image.tar", project)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "cosign").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/cosign\n')
    (programs / "cosign").chmod(0o755)
    job = gitlab(project)["publish"]
    [login] = [line for line in job["before_script"] if "docker login" in line]
    done = run(
        "sh", "-e", "-c", "\n".join([login, *job["script"]]), cwd=project,
        CI_COMMIT_SHA="fedcba9876543210",
        CI_REGISTRY=site.registry.address,
        CI_REGISTRY_IMAGE=f"{site.registry.address}/team/shop",
        CI_REGISTRY_PASSWORD=site.registry.password,
        CI_REGISTRY_USER=site.registry.login,
        CI_SERVER_HOST="gitlab.com",
        DOCKER_CONFIG=str(site.registry.docker_config),
        PATH=f"{programs}{os.pathsep}{os.environ['PATH']}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (project / "release.env").read_text() == f"IMAGE={published.image}\n"
    signed, attested = (tmp_path / "cosign").read_text().splitlines()
    assert signed == f"sign --yes {published.image}"
    assert attested.endswith(f"--type cyclonedx --predicate sbom.cdx.json {published.image}")
    assert site.registry.password not in done.stdout + done.stderr


@pytest.mark.compose
@pytest.mark.night
def test_registry_that_refuses_is_named(site: Site, published: Published, tmp_path: Path) -> None:
    """In one line, and nothing is called published."""
    assert published
    config = tmp_path / "docker"
    shutil.copytree(site.registry.docker_config, config, symlinks=True)
    (config / "config.json").unlink()
    name = f"{site.registry.address}/team/shop:refused"
    refused = run("sh", "deploy/push", name, cwd=site.project, DOCKER_CONFIG=str(config))
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines()[-1].startswith(f"push: {name} is refused: ")
