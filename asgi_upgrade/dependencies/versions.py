"""Which versions of uvicorn, uvicorn-worker and Gunicorn belong together."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

LATEST = {"gunicorn": "27.0.1", "uvicorn": "0.54.0", "uvicorn-worker": "0.4.0"}
"""The current set, of November 2026: what `--latest` raises to."""

BOUNDARY = Version("0.36")
"""uvicorn-worker 0.3.0 needs an older Uvicorn, and 0.4.0 needs this one or a newer: Uvicorn 0.36
removed `Config.setup_event_loop`."""

OLDEST = Version("0.15")
"""uvicorn-worker 0.3.0 needs it; 0.2.0, which is for Python 3.8 alone, is held to the same."""

RELEASES = [Version(f"0.{minor}.{patch}") for minor in range(55) for patch in range(6)]
"""What a specifier of Uvicorn is tried with; its own versions are added."""

NEWEST = "0.4.0"
GUNICORN_OF_WORKER = {"0.2.0": "20.1", "0.3.0": "20.1", NEWEST: "21.0"}
"""The oldest Gunicorn of each release of uvicorn-worker, as its metadata says."""

EMPTY = "0.1.0"
"""The release of uvicorn-worker that has no code in it; it is for any Python, older ones, too."""

PYTHONS = ("2.7", "3.5", "3.6", "3.7", *(f"3.{minor}" for minor in range(8, 20)))
OLDEST_PYTHON = "3.8"
"""What uvicorn-worker 0.2.0 needs, as its metadata says; its code is that of 0.3.0."""

LATEST_PYTHON = "3.10"
"""What the current set needs."""

GUNICORN = [Version(f"{major}.{minor}") for major in range(18, 28) for minor in range(4)]
"""What a specifier of Gunicorn is tried with; its own versions are added."""

BAD = (
    ("gunicorn", "==24.1.0", "Gunicorn 24.1.0 crashes every Uvicorn worker in a loop"),
    ("uvicorn", "==0.31.0", "Uvicorn 0.31.0 ignores forwarded_allow_ips"),
)


class UnclearError(Exception):
    """Raised with the reason when a person has to decide."""


def specifier_set(text: str) -> SpecifierSet:
    """Return the versions that a specifier of pip, Poetry or conda allows. Raises UnclearError."""
    text = text.strip().strip("\"'").strip()
    if text in {"", "*"}:
        return SpecifierSet()
    parts = [_translated(part.strip()) for part in text.split(",") if part.strip()]
    try:
        return SpecifierSet(",".join(parts))
    except InvalidSpecifier as error:
        raise UnclearError(f"{text} is no version specifier") from error


def _translated(part: str) -> str:
    """Return Poetry's ^ and ~ and conda's = as PEP 440 writes them."""
    try:
        if part[0] == "^":
            release = Version(part[1:]).release
            upper = f"{release[0] + 1}" if release[0] else f"0.{(*release, 0)[1] + 1}"
            return f">={part[1:]},<{upper}"
        if part[0] == "~" and part[1:2] != "=":
            release = (*Version(part[1:]).release, 0)
            return f">={part[1:]},<{release[0]}.{release[1] + 1}"
    except InvalidVersion as error:
        raise UnclearError(f"{part} is no version specifier") from error
    if part[0] == "=" and part[1:2] != "=":
        return f"=={part[1:].rstrip('*').rstrip('.')}.*"
    return part if part[0] in "<>=!~" else f"=={part}"


def allowed(specifier: str) -> set[bool]:
    """Return whether the allowed versions of Uvicorn lie at or above the boundary: one or both.

    Raises UnclearError: it is too old for uvicorn-worker, or unclear.
    """
    versions = specifier_set(specifier)
    try:
        own = [Version(each.version.rstrip(".*")) for each in versions if each.version]
    except InvalidVersion as error:  # PEP 440 lets === compare anything
        raise UnclearError(f"{specifier} is no version specifier") from error
    fitting = [v for v in (*RELEASES, *own) if versions.contains(v, prereleases=True)]
    if fitting and max(fitting) < OLDEST:
        raise UnclearError(
            f"uvicorn{specifier} is older than uvicorn-worker needs (0.15): raise it first"
        )
    return {version >= BOUNDARY for version in fitting if version >= OLDEST} or {True}


def worker_specifier(
    uvicorn: str | None, style: str, otherwise: str = "", *, old_python: bool = False
) -> str:
    """Return the versions of uvicorn-worker beside a specifier of Uvicorn, in the style of another.

    uvicorn: the specifier, "" for any, None when nothing declares it. style: the specifier whose
    operators are taken over; otherwise: what has them when it is open, and Uvicorn is not.
    old_python: Python 3.8 has to do. Raises UnclearError.
    """
    sides = allowed(uvicorn or "")
    older = "0.2.0" if old_python else "0.3.0"
    if sides == {True, False}:
        return f">={older}" if style.strip() not in {"", "*"} else style.strip()
    version = NEWEST if sides == {True} else older
    style = style.strip(" *") or otherwise.strip()
    for operator in ("===", "==", "~=", "^", "~", "="):
        if style.startswith(operator):
            return f"{operator}{version}"
    if style and style[0].isdigit():
        return version
    return f">={version}" if version == NEWEST else f">={version},<0.4"


def latest_specifier(name: str, style: str) -> str:
    """Return the current version of a package in the style of a specifier; "" stays open."""
    style = style.strip()
    if style in {"", "*"}:
        return style
    for operator in ("===", "==", "~=", "^", "~", "="):
        if style.startswith(operator):
            return f"{operator}{LATEST[name]}"
    return LATEST[name] if style[0].isdigit() else f">={LATEST[name]}"


def conflict(uvicorn: str, gunicorn: str, worker: str) -> str:
    """Return why the declared versions of the three packages do not serve together, or ""."""
    try:
        sides, fitting = allowed(uvicorn), _fitting(gunicorn)
        workers = specifier_set(worker)
    except UnclearError:
        return ""
    wanted = [each for each in GUNICORN_OF_WORKER if workers.contains(each)]
    if not wanted and workers.contains(EMPTY):
        return f"uvicorn-worker{worker} is an empty package"
    if wanted and not any(each in fitting for each in wanted):
        oldest = GUNICORN_OF_WORKER[wanted[0]]
        return f"gunicorn{gunicorn} is older than uvicorn-worker{worker} needs ({oldest})"
    is_new, is_old = NEWEST in wanted, any(each != NEWEST for each in wanted)
    if True in sides and is_new and NEWEST not in fitting:
        return (
            f"gunicorn{gunicorn} keeps uvicorn-worker at 0.3.0, which fails with Uvicorn 0.36, and "
            "nothing keeps Uvicorn below that"
        )
    if (is_old and not is_new) if True in sides else (is_new and not is_old):
        return f"uvicorn{uvicorn} and uvicorn-worker{worker} do not work together"
    return ""


def _fitting(gunicorn: str) -> set[str]:
    """Return the releases of uvicorn-worker that run with an allowed Gunicorn."""
    versions = specifier_set(gunicorn)
    try:
        own = [Version(each.version.rstrip(".*")) for each in versions if each.version]
    except InvalidVersion as error:
        raise UnclearError(f"{gunicorn} is no version specifier") from error
    of_gunicorn = [each for each in (*GUNICORN, *own) if versions.contains(each, prereleases=True)]
    if not of_gunicorn:
        raise UnclearError(f"{gunicorn} allows no known version")
    return {
        worker
        for worker, oldest in GUNICORN_OF_WORKER.items()
        if max(of_gunicorn) >= Version(oldest)
    }
