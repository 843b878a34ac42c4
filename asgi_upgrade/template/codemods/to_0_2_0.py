"""To 0.2.0: what serves the project is the library `asgi_serving` instead of the folder `serving`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import Version

from asgi_upgrade.template.codemods.codemod import Codemod, Files
from asgi_upgrade.template.codemods.websocket_routes import with_routes

PACKAGES = {
    "application": "access_log gateway lifespan static websocket",
    "databases": "background_threads request_connections session_reset",
    "handler": (
        "auth_middleware disconnect_watch handler lanes middleware middleware_loading refusal "
        "request_signals substitution"
    ),
    "inspection": "description overview",
    "server": "cpus gunicorn_config recycling server",
}
MODULES = {
    **{
        f"serving.{module}": f"asgi_serving.{package}.{module}"
        for package, modules in PACKAGES.items()
        for module in modules.split()
    },
    **{
        f"serving.{name}": f"asgi_serving.{name}"
        for name in (
            "apps",
            "checks",
            "development",
            "drain",
            "logs",
            "management",
            "types",
            "worker",
        )
    },
    "serving.databases": "asgi_serving.databases.pools",
    "serving.health": "asgi_serving.application.probes",
}
"""Where each module is now; those below a package go with it."""

NAMES = {
    "serving.handler.get_handler": "asgi_serving.asgi.get_handler",
    "serving.handler.check_lanes": "asgi_serving.handler.lanes.check_lanes",
    "serving.lifespan.warm_up": "asgi_serving.application.warming.warm_up",
    "serving.middleware.ContentSecurityPolicyMiddleware": (
        "asgi_serving.handler.csp_middleware.ContentSecurityPolicyMiddleware"
    ),
    "config.variables.Variable": "asgi_serving.environment.variable.Variable",
}
"""What has left its module."""

RENUMBERED = {
    "E001": "W025", "E006": "W027", "E009": "W028", "E010": "W029", "E011": "W030", "E012": "W031",
    "E013": "W032", "E014": "W033",
}  # fmt: skip
"""Findings that are warnings now: asgi_serving/CHECKS.md."""

SETTINGS = (
    "CHECK_AT_START", "DATABASE_CONNECTIONS", "DATABASE_SESSION_RESET", "STOP_GRACE_PERIOD",
    "WEBSOCKET_ROUTES",
)  # fmt: skip
LANES = {"size": "LANES", "queue": "LANES_QUEUE", "wait": "LANES_WAIT", "reuse": "LANES_REUSE"}

PYTHON = (".py", ".pyi")
OTHERS = (
    ".cfg", ".conf", ".env", ".example", ".ini", ".json", ".md", ".rst", ".service", ".sh", ".toml",
    ".txt", ".yaml", ".yml", "Dockerfile", "Procfile",
)  # fmt: skip

DOTTED = re.compile(r"(?<![\w.\-/])(?:serving|config\.variables)(?:\.\w+)+")
FROM = re.compile(
    r"^(?P<indent>[ \t]*)from (?P<module>serving(?:\.\w+)*|config\.variables) import "
    r"(?:\((?P<lines>[^)]*)\)|(?P<line>[^\n#(]+?))(?P<comment>[ \t]*#[^\n]*)?[ \t]*$",
    re.MULTILINE,
)
IMPORT = re.compile(r"^([ \t]*)import serving$", re.MULTILINE)
APPLICATION = re.compile(r"""(?<=["'])serving(?=["'])""")
ASYNC_FIXTURE = re.compile(r"\basync_db\b")
"""A fixture of 0.1; asynchronous tests use `db` as others do."""

SETTING = re.compile(rf"^({'|'.join(SETTINGS)})(?:: ?\w+)? = ", re.MULTILINE)
LANE = re.compile(r"""^LANES\[["'](\w+)["']\] = """, re.MULTILINE)
NO_LANES = re.compile(r"^LANES(?:: [^=\n]+)? = None$", re.MULTILINE)
LEFT = re.compile(
    r"^(?:LANES\b.*|.*\bsettings\.(?:LANES|" + "|".join(SETTINGS) + r")\b.*)$", re.MULTILINE
)


def apply(files: Files) -> list[str]:
    """Move modules, and rename them where they are named."""
    for path in list(files):
        files.move(path, moved(path))
    changed, left = {}, []
    for path, text in files.texts(*PYTHON, *OTHERS):
        new = text
        if path == "config/websocket.py":
            new = with_routes(new)
        new = renamed_in_python(new) if path.endswith(PYTHON) else DOTTED.sub(_dotted, new)
        if _is_settings(path):
            new = entries(new)
        if path != "tests/conftest.py" and path.endswith(".py"):
            new = ASYNC_FIXTURE.sub("db", new)
        if path.endswith(PYTHON) and not path.startswith("asgi_serving/"):
            left += [f"{path}:{line}: {what}" for line, what in _left(new)]
        if new != text:
            changed[path] = new
    files.write(changed)
    return left


def moved(path: str) -> str:
    """Return where a file of the folder `serving` is now; another path is returned as it is."""
    if path == "docs/checks.md":
        return "asgi_serving/CHECKS.md"
    if path == "serving/__init__.py":
        return "asgi_serving/__init__.py"
    folder, _, name = path.partition("/")
    module, *rest = name.split("/")
    new = MODULES.get(f"serving.{module.removesuffix('.py')}") if folder == "serving" else None
    if not new:
        return path
    return "/".join([new.replace(".", "/"), *rest]) if rest else f"{new.replace('.', '/')}.py"


def renamed_in_python(text: str) -> str:
    """Return Python code that imports and names the modules where they are now."""
    text = FROM.sub(_from, text)
    text = IMPORT.sub(r"\1import asgi_serving as serving", text)
    text = DOTTED.sub(_dotted, text)
    return APPLICATION.sub("asgi_serving", text) if "INSTALLED_APPS" in text else text


def _dotted(found: re.Match[str]) -> str:
    """Return the new name of something that is named in full."""
    name = found[0]
    if name in NAMES:
        return NAMES[name]
    parts = name.split(".")
    number = parts[1]
    if parts[0] == "serving" and len(parts) == 2 and re.fullmatch(r"[EWI]\d{3}", number):  # noqa: PLR2004
        return f"asgi_serving.{RENUMBERED.get(number, number)}"
    module = ".".join(parts[:2])
    rest = "".join(f".{part}" for part in parts[2:])
    return MODULES[module] + rest if module in MODULES else name


def _from(found: re.Match[str]) -> str:
    """Return the import statements that take the place of one."""
    module, indent = found["module"], found["indent"]
    names = [name.strip() for name in (found["lines"] or found["line"]).split(",") if name.strip()]
    if "#" in (found["lines"] or ""):
        return found[0].replace(module, MODULES.get(module, module), 1)
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_module_of(module, name.split()[0]), []).append(name)
    if list(groups) == [module]:
        return found[0]
    lines = [f"{indent}from {new} import {', '.join(of)}" for new, of in sorted(groups.items())]
    return "\n".join(lines) + (found["comment"] or "")


def _module_of(module: str, name: str) -> str:
    """Return the module that a name is imported from now."""
    full = NAMES.get(f"{module}.{name}") or (MODULES.get(f"{module}.{name}"))
    if full:
        return full.rpartition(".")[0]
    return "asgi_serving" if module == "serving" else MODULES.get(module, module)


def _is_settings(path: str) -> bool:
    """Whether it is a module of settings that derives from the base, whose lines are the template's."""
    return path.startswith("config/settings/") and path != "config/settings/base.py"


def entries(text: str) -> str:
    """Return a settings module that writes entries of `ASGI_SERVING` instead of settings."""
    text = SETTING.sub(r'ASGI_SERVING["\1"] = ', text)
    text = NO_LANES.sub('ASGI_SERVING["LANES"] = 0', text)
    new = LANE.sub(_lane, text)
    if 'ASGI_SERVING["' in new and "import ASGI_SERVING" not in new:
        imported = re.compile(r"^from config\.settings\.base import (?!\*)([^\n(]+)$", re.MULTILINE)
        new = imported.sub(r"from config.settings.base import ASGI_SERVING, \1", new, count=1)
    return new


def _lane(found: re.Match[str]) -> str:
    entry = LANES.get(found[1])
    return f'ASGI_SERVING["{entry}"] = ' if entry else found[0]


def _left(text: str) -> Iterator[tuple[int, str]]:
    """Yield what names a setting that is no setting any more, by its line."""
    for found in LEFT.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield line, f"{found[0].strip()}: it is an entry of ASGI_SERVING now"
    for found in re.finditer(r"^[ \t]*(?:from|import) (serving(?:\.\w+)*)", text, re.MULTILINE):
        if found[1] not in MODULES:
            line = text.count("\n", 0, found.start()) + 1
            yield line, f"{found[1]} is no module of the library: it stays in the folder serving/"


CODEMOD = Codemod(Version("0.2.0"), apply)
