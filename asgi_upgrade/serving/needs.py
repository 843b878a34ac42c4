"""What the library needs: packages with their oldest versions, Python and Django."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from asgi_upgrade.dependencies.declaration import normalised
from asgi_upgrade.dependencies.versions import LATEST, UnclearError, latest_specifier, specifier_set
from asgi_upgrade.serving.library import described

PYTHON = "3.12"
DJANGO = [Version(f"{minor}.{patch}") for minor in ("5.2", "6.0", "6.1") for patch in range(30)]
"""The versions that the library serves; others are served by Django's own handler."""

ANY = Version("9999")
"""What only a specifier without an upper limit allows."""


@dataclass(frozen=True)
class Need:
    """A package: its oldest version, an extra of it, and where it is not needed, as a marker."""

    name: str
    oldest: str
    extra: str
    marker: str

    @property
    def requirement(self) -> str:
        """How pip writes it."""
        extra = f"[{self.extra}]" if self.extra else ""
        marker = f"; {self.marker}" if self.marker else ""
        return f"{self.name}{extra}>={self.oldest}{marker}"

    @property
    def table_line(self) -> str:
        """How Poetry and Pipenv write it, as a line of a table."""
        parts = [f'version = ">={self.oldest}"']
        parts += [f'extras = ["{self.extra}"]'] if self.extra else []
        parts += [f'markers = "{self.marker}"'] if self.marker else []
        plain = f'">={self.oldest}"'
        return f"{self.name} = {plain if len(parts) == 1 else '{' + ', '.join(parts) + '}'}"

    def is_met_by(self, specifier: str) -> bool:
        """Tell whether a declaration allows a version that is new enough."""
        return _allows(specifier, [Version(self.oldest), ANY, *_latest(self.name)], self.oldest)

    def raised(self, specifier: str) -> str:
        """Return a specifier that is met, in the style of another."""
        is_pinned = specifier.strip().startswith(("=", "~", "^")) or specifier.strip()[:1].isdigit()
        if is_pinned and self.name in LATEST:
            return latest_specifier(self.name, specifier)
        return f">={self.oldest}"


def needs() -> list[Need]:
    """Return what the library names in its own description, but Django, which is there."""
    found = []
    for text in described()["project"]["dependencies"]:
        each = Requirement(text)
        if normalised(each.name) != "django":
            oldest = next(one.version for one in each.specifier if one.operator == ">=")
            extra = next(iter(sorted(each.extras)), "")
            marker = str(each.marker or "").replace('"', "'")
            found.append(Need(normalised(each.name), oldest, extra, marker))
    return found


def serves_django(specifier: str) -> bool:
    """Tell whether a declaration of Django allows one of the versions that are served."""
    return _allows(specifier, DJANGO, "5.2", below="6.2")


def is_old_python(version: str) -> bool:
    """Tell whether a version of Python, such as 3.11-slim, is older than the library needs."""
    try:
        return Version(version) < Version(PYTHON)
    except InvalidVersion:
        return False


def _latest(name: str) -> list[Version]:
    return [Version(LATEST[name])] if name in LATEST else []


def _allows(specifier: str, tried: list[Version], oldest: str, below: str = "") -> bool:
    """Tell whether a specifier allows a version from oldest on; one that is unclear may."""
    try:
        versions = specifier_set(specifier)
        own = [Version(each.version.rstrip(".*")) for each in versions if each.version]
    except (UnclearError, InvalidVersion):
        return True
    return any(
        versions.contains(version, prereleases=True)
        for version in (*tried, *own)
        if version >= Version(oldest) and not (below and version >= Version(below))
    )
