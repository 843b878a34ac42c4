"""The manifests for Kubernetes are valid, keep to its policies, and say what the project reads."""

from __future__ import annotations

import base64
import functools
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import kubernetes_validate
import pytest
import yaml
from guides import FENCE
from kustomize import INSTALL, MISSING, Manifest, build, one
from quality import environment_for
from rendering import QUESTIONS, render, run
from stacks import DEADLINE, docker, eventually
from uv import find_uv_bin

from proofs.drill.balancer import LATE
from proofs.drill.play import play

pytestmark = pytest.mark.skipif(MISSING, reason=INSTALL)

OLDEST: Final = "1.30"
"""Where preStop may sleep without a program for it."""

CHECKOV: Final = (
    "tool", "run", "--quiet", "--no-config", "checkov>=3.3", "--skip-download", "--compact",
    "--quiet",
)  # fmt: skip
"""Apart from the tests' own environment, whose packages it does not suit."""

TASKS: Final = QUESTIONS["tasks"]
"""The one question whose answers differ in the manifests."""


@pytest.fixture(scope="module", params=TASKS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project for each answer, with the longest name that a project may have."""
    slug = "long_" * 9 + "name_"[:4]
    return render(tmp_path_factory.mktemp("project"), tasks=request.param, project_slug=slug)


@pytest.fixture(scope="module")
def manifests(project: Path) -> list[Manifest]:
    """Return what production is, as it comes."""
    return build(project / "deploy" / "kubernetes" / "production")


@pytest.fixture(scope="module")
def with_media(project: Path) -> list[Manifest]:
    """Return what production is with a volume for uploads, as its comment says."""
    return build(changed(project, "media", r"^# (components:\n)# (.*\n)", r"\1\2"))


def changed(project: Path, name: str, pattern: str, replacement: str) -> Path:
    """Make an overlay like production, with one place of its kustomization changed."""
    production = project / "deploy" / "kubernetes" / "production"
    overlay = shutil.copytree(production, production.with_name(f"production-{name}"))
    kustomization = overlay / "kustomization.yaml"
    text, times = re.subn(
        pattern, replacement, kustomization.read_text("utf-8"), flags=re.MULTILINE
    )
    assert times == 1
    kustomization.write_text(text, "utf-8")
    return overlay


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and specification of each kind of pod."""
    for manifest in manifests:
        if "template" in manifest.get("spec", {}):
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


def test_kinds_of_pods(project: Path, manifests: list[Manifest]) -> None:
    """Those of web, and of tasks where there are some."""
    tasks = yaml.safe_load((project / "deploy/kubernetes/base/kustomization.yaml").read_text())
    expected = {"web", "migrate"}
    if "tasks.yaml" in tasks["resources"]:
        expected.add("worker")
        expected |= {"scheduler"} if (project / "config" / "celery.py").exists() else set()
    assert {name for name, _ in pods(manifests)} == expected


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
def test_manifests_are_valid(
    manifests: list[Manifest], with_media: list[Manifest], version: str
) -> None:
    """For the oldest version that is supported, and for the newest."""
    assert len(with_media) > len(manifests)
    for manifest in with_media:
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.night
def test_policies_are_kept(project: Path, with_media: list[Manifest], tmp_path: Path) -> None:
    """But for those that are listed with a reason, each of which somebody needs."""
    built = tmp_path / "built.yaml"
    built.write_text(yaml.safe_dump_all(with_media), "utf-8")
    checkov = (find_uv_bin(), *CHECKOV, "--file", str(built))
    clean = run(*checkov, "--config-file", str(project / ".checkov.yaml"), cwd=tmp_path)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    everything = run(*checkov, "--framework", "kubernetes", "--output", "json", cwd=tmp_path)
    found = {
        check["check_id"] for check in json.loads(everything.stdout)["results"]["failed_checks"]
    }
    listed = yaml.safe_load((project / ".checkov.yaml").read_text("utf-8"))["skip-check"]
    assert found == set(listed)


SHOW: Final = """
import json
from config.variables import GROUPS
print(json.dumps({
    name: variable.secret
    for group in GROUPS.values() for variable in group
    for name in (variable.name, variable.name_file)
}))
"""


def test_variables_are_those_of_the_project(project: Path, manifests: list[Manifest]) -> None:
    """And no secret is among them."""
    config = one(manifests, "ConfigMap", "config")["data"]
    shown = run(environment_for(project), "-c", SHOW, cwd=project)
    variables = json.loads(shown.stdout)
    assert set(config) - variables.keys() == set()
    for name, value in config.items():
        if variables[name] and not name.endswith("_FILE"):
            assert urlsplit(value).password is None
            assert urlsplit(value).hostname


def test_production_starts_with_them(
    project: Path, manifests: list[Manifest], tmp_path: Path
) -> None:
    """Together with the files of `deploy/make-secrets`, all of which are read; --deploy is content."""
    copied = tmp_path / "deploy"
    copied.mkdir()
    (copied / "make-secrets").write_text((project / "deploy/make-secrets").read_text())
    made = run("sh", copied / "make-secrets", cwd=tmp_path, EMAIL_URL="smtp://mail.internal:25")
    assert made.returncode == 0, made.stderr
    config = one(manifests, "ConfigMap", "config")["data"]
    backup = (project / "deploy/kubernetes/backup/kustomization.yaml").read_text("utf-8")
    files = set(re.findall("/secrets/([a-z_]+)", "\n".join([*config.values(), backup])))
    assert files == {path.name for path in (tmp_path / "secrets").iterdir()}
    here = {
        name: value.replace("/secrets/", f"{tmp_path}/secrets/") for name, value in config.items()
    }
    check = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.production", "PORT": "8000"}
    checked = run(environment_for(project), *check, cwd=project, **here, **settings)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_pod_stays_until_balancers_know_and_requests_have_ended(manifests: list[Manifest]) -> None:
    """The grace period holds preStop, and what the site's own checks compare with."""
    web = dict(pods(manifests))["web"]
    [container] = web["containers"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    granted = int(one(manifests, "ConfigMap", "config")["data"]["STOP_GRACE_PERIOD"])
    assert pause >= 2 * LATE
    assert web["terminationGracePeriodSeconds"] == pause + granted


def test_worker_is_not_killed_while_it_drains(project: Path, manifests: list[Manifest]) -> None:
    """Its pod has longer than the worker takes."""
    for name, spec in pods(manifests):
        if name == "worker":
            [module] = [p for p in (project / "config").glob("*.py") if "DRAIN: " in p.read_text()]
            drain = re.search(r"^DRAIN: Final = (\d+)$", module.read_text(), re.MULTILINE)
            assert drain
            assert spec["terminationGracePeriodSeconds"] > int(drain[1])


def test_image_is_one_digest(project: Path) -> None:
    """The one line that a release writes holds for every pod."""
    digest = "sha256:" + "ab" * 32
    release = changed(project, "release", r"^    digest: .*$", f"    digest: {digest}")
    images = [
        container["image"]
        for _, spec in pods(build(release))
        for container in (*spec["containers"], *spec.get("initContainers", ()))
    ]
    assert len(images) > 1
    assert set(images) == {f"registry.example.com/{project.name}@{digest}"}


def test_volumes_are_there(with_media: list[Manifest]) -> None:
    """But for the secret, which is made by hand."""
    named = {(each["kind"], each["metadata"]["name"]) for each in with_media}
    needed = set()
    for _, spec in pods(with_media):
        for volume in spec["volumes"]:
            if claim := volume.get("persistentVolumeClaim"):
                needed.add(("PersistentVolumeClaim", claim["claimName"]))
            if config := volume.get("configMap"):
                needed.add(("ConfigMap", config["name"]))
            assert volume.get("secret", {}).get("secretName", "secrets") == "secrets"
        for container in spec["containers"]:
            needed |= {
                ("ConfigMap", each["configMapRef"]["name"]) for each in container.get("envFrom", ())
            }
    assert len(needed) == 3
    assert needed <= named


def test_visitors_reach_services(with_media: list[Manifest]) -> None:
    """Each path of the ingress leads to a port that there is."""
    ports = {
        (each["metadata"]["name"], port["name"])
        for each in with_media
        if each["kind"] == "Service"
        for port in each["spec"]["ports"]
    }
    [rule] = one(with_media, "Ingress")["spec"]["rules"]
    backends = {path["path"]: path["backend"]["service"] for path in rule["http"]["paths"]}
    assert backends.keys() == {"/", "/livez", "/readyz", "/media/"}
    assert {(each["name"], each["port"]["name"]) for each in backends.values()} <= ports


SELECTORS: Final = {
    "Deployment": ("selector", "matchLabels"),
    "NetworkPolicy": ("podSelector", "matchLabels"),
    "PodDisruptionBudget": ("selector", "matchLabels"),
    "Service": ("selector",),
}


def test_selectors_find_pods(with_media: list[Manifest]) -> None:
    """And all that goes by the name of one pod finds that pod."""
    target = one(with_media, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert one(with_media, target["kind"], target["name"])
    labels = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in with_media
        if "template" in each.get("spec", {})
    }
    for each in with_media:
        if path := SELECTORS.get(each["kind"]):
            wanted = functools.reduce(dict.__getitem__, path, each["spec"])
            found = {name for name, has in labels.items() if wanted.items() <= has.items()}
            own = {each["metadata"]["name"]} & labels.keys()
            assert found, each["metadata"]["name"]
            assert found >= own


def test_probes_stay_inside(manifests: list[Manifest]) -> None:
    """What visitors ask for there goes to a port at which no container listens."""
    [web] = dict(pods(manifests))["web"]["containers"]
    probed = {web[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")}
    [rule] = one(manifests, "Ingress")["spec"]["rules"]
    hidden = {
        path["path"]: path["backend"]["service"]["port"]["name"]
        for path in rule["http"]["paths"]
        if path["pathType"] == "Exact"
    }
    assert hidden == dict.fromkeys(probed, "nowhere")
    listening = {port["containerPort"] for port in web["ports"]}
    service = {
        p["name"]: p["targetPort"] for p in one(manifests, "Service", "web")["spec"]["ports"]
    }
    assert service["nowhere"] not in listening | {"http"}


def test_servers_can_be_reached(manifests: list[Manifest]) -> None:
    """The network lets pods out at each port that the variables name."""
    [rule] = one(manifests, "NetworkPolicy", "site")["spec"]["egress"]
    open_ports = {port["port"] for port in rule["ports"] if port["protocol"] == "TCP"}
    urls = [
        urlsplit(value)
        for name, value in one(manifests, "ConfigMap", "config")["data"].items()
        if name.endswith("_URL")
    ]
    assert len(urls) >= 2
    assert {url.port for url in urls} <= open_ports


def test_port_is_that_of_the_image(project: Path, manifests: list[Manifest]) -> None:
    """Which listens where `PORT` says."""
    [web] = dict(pods(manifests))["web"]["containers"]
    [port] = re.findall(r"^EXPOSE (\d+)$", (project / "Dockerfile").read_text(), re.MULTILINE)
    assert web["ports"] == [{"name": "http", "containerPort": int(port)}]


def test_uploads_are_shown_as_by_the_other_proxy(project: Path) -> None:
    """None of them runs a script in the name of the site."""

    def rules(caddyfile: Path) -> list[str]:
        block = caddyfile.read_text("utf-8").partition("handle_path /media/* {")[2]
        return [line.strip() for line in block.partition("\n\t}\n")[0].splitlines()]

    assert rules(project / "deploy/kubernetes/media/Caddyfile") == rules(
        project / "deploy/Caddyfile"
    )
    assert len(rules(project / "deploy/Caddyfile")) > 5


def guide(project: Path, language: str) -> str:
    """Return what docs/kubernetes.md tells its reader to type or to write, in one language."""
    blocks = FENCE.findall((project / "docs" / "kubernetes.md").read_text("utf-8"))
    return "".join(text for kind, text in blocks if kind == language)


def test_guide_makes_the_secret(project: Path, tmp_path: Path) -> None:
    """By its own commands, up to the cluster: it holds all that is read, and passwords as given."""
    shutil.copytree(project / "deploy", tmp_path / "deploy")
    commands = guide(project, "sh").splitlines()
    typed = commands[commands.index("mkdir -p secrets") :][:4]
    assert "make-secrets" in typed[-1]
    [create] = [
        line for line in commands if line.startswith("kubectl create secret") and "|" not in line
    ]
    shown = run(
        "sh", "-euc", "\n".join([*typed, f"{create} --dry-run=client --output yaml"]), cwd=tmp_path
    )
    assert shown.returncode == 0, shown.stderr
    _, start, rest = shown.stdout.partition("apiVersion:")  # below what make-secrets says
    secret = yaml.safe_load(start + rest)
    assert secret["metadata"]["name"] == "secrets"
    assert secret["data"].keys() == {path.name for path in (tmp_path / "secrets").iterdir()}
    assert base64.b64decode(secret["data"]["database_password"]) == b"PASSWORD"


def test_guide_names_what_is_there(project: Path, manifests: list[Manifest]) -> None:
    """Folders, files and objects."""
    typed = guide(project, "sh")
    paths = re.findall(r"(?:-k|-f|sh) (deploy/\S+)", typed)
    assert len(paths) > 3
    assert [path for path in paths if not (project / path).exists()] == []
    named = {f"{each['kind'].lower()}/{each['metadata']['name']}" for each in manifests}
    objects = set(re.findall(r"\b(?:deployment|job)/\w+", typed))
    assert objects == {"deployment/web"}
    assert objects <= named
    assert f"--namespace {one(manifests, 'Namespace')['metadata']['name']}\n" in typed


def test_guide_shows_a_route_of_the_gateway(project: Path, manifests: list[Manifest]) -> None:
    """Which leads where the ingress does."""
    external, route = yaml.safe_load_all(
        guide(project, "yaml").replace("\napiVersion", "\n---\napiVersion")
    )
    assert external["spec"]["target"]["name"] == "secrets"
    ports = {
        each["name"]: each["port"] for each in one(manifests, "Service", "web")["spec"]["ports"]
    }
    rules = {
        tuple(match["path"]["value"] for match in rule.get("matches", ())): rule["backendRefs"]
        for rule in route["spec"]["rules"]
    }
    assert rules == {
        (): [{"name": "web", "port": ports["http"]}],
        ("/livez", "/readyz"): [{"name": "web", "port": ports["nowhere"]}],
    }


@pytest.mark.compose
@pytest.mark.night
def test_uploads_are_served(project: Path, with_media: list[Manifest], tmp_path: Path) -> None:
    """By the server of the manifests, as its own user and with nothing to write to."""
    spec = one(with_media, "Deployment", "media")["spec"]["template"]["spec"]
    [container] = spec["containers"]
    capabilities = container["securityContext"]["capabilities"]
    (tmp_path / "page.html").write_text("<script>alert(1)</script>")
    (tmp_path / "picture.png").write_text("no picture")
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "bill.txt").write_text("of one visitor")
    tmp_path.chmod(0o755)
    started = docker(
        "run", "--detach", "--publish=127.0.0.1::8080", "--read-only",
        f"--user={spec['securityContext']['runAsUser']}", "--security-opt=no-new-privileges",
        *(f"--cap-drop={name}" for name in capabilities["drop"]),
        *(f"--cap-add={name}" for name in capabilities["add"]),
        "--tmpfs=/data:mode=1777", "--tmpfs=/config:mode=1777",
        f"--volume={project}/deploy/kubernetes/media/Caddyfile:/etc/caddy/Caddyfile:ro",
        f"--volume={tmp_path}:/srv/media:ro", container["image"],
    )  # fmt: skip
    try:
        address = docker("port", started, "8080").splitlines()[0]
        with httpx.Client(
            base_url=f"http://{address}", timeout=DEADLINE, trust_env=False
        ) as browser:
            eventually(browser, container["livenessProbe"]["httpGet"]["path"])
            page, picture = browser.get("/media/page.html"), browser.get("/media/picture.png")
            assert browser.get("/media/").status_code == 404
            for way in (
                "private",
                "%70rivate",
                "./private",
                "x/../private",
                "/private",
                "private/.",
            ):
                assert browser.get(f"/media/{way}/bill.txt").status_code == 404, way
    finally:
        docker("rm", "--force", started)
    assert (page.status_code, picture.status_code) == (200, 200)
    assert page.headers["content-disposition"] == "attachment"
    assert "content-disposition" not in picture.headers
    assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.compose
@pytest.mark.night
def test_update_loses_no_request() -> None:
    """Of the drill, which `bootstrap.py drill` does whole: two updates, one of them with a migration."""
    [outcome] = play(["update, with a migration, and back"]).values()
    assert outcome.answered > 0
    assert outcome.stopped == 4
    assert (outcome.lost, outcome.killed) == ([], 0)


def test_kubectl_that_is_missing_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With where to get it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match=r"kubectl .* is needed: https://"):
        build(project / "deploy" / "kubernetes" / "production")
