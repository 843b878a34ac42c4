"""The template: where it is, its revisions and versions, and what changed between them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tomlkit
from packaging.version import InvalidVersion, Version
from tomlkit.exceptions import TOMLKitError

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.template.git import GitError, git, git_line

MARK = "tool.cookiecutter-django-asgi"
"""What the `pyproject.toml` in the template of a project holds, in a fork as well."""

ARCHIVE = re.compile(r"^(https?://[^/]+/[^/]+/[^/]+?)(?:/-)?/(?:archive|zipball)/.*$")
"""How GitHub, GitLab and Gitea name the archive of a repository."""

HEADING = re.compile(r"^## \[?([^\]\s]+)\]?.*$", re.MULTILINE)
"""A version in a changelog, in the form of Keep a Changelog."""


@dataclass(frozen=True)
class Revision:
    """A commit of the template, the version that it declares, and its day, as 2026-11-22."""

    commit: str
    version: Version
    day: str

    def __str__(self) -> str:
        """Return it as a person reads it."""
        return f"{self.version} ({self.commit[:7]}, {self.day})"


def location(template: str, project: Path) -> str:
    """Return what git clones for the name that a template was given.

    template: a folder, a bundle, an archive of a repository, an address, or one of cookiecutter's
    abbreviations, such as gh:owner/name. Folders may be relative to the project's parent folder,
    where cookiecutter may have been started. Raises CannotWorkError.
    """
    if not template:
        raise CannotWorkError("the project records no template: name its repository by --template")
    expanded = _expanded(template).removeprefix("git+")  # as cookiecutter says what it serves
    archive = ARCHIVE.match(expanded)
    if archive:
        return archive[1]
    for folder in (Path(), project.parent, project):
        local = folder / Path(expanded).expanduser()
        if local.is_dir():
            if not _is_repository(local):
                raise CannotWorkError(
                    f"{local} is a folder without history, and the older version is needed as well: "
                    "name the template's repository, or a bundle of it, by --template"
                )
            return str(local.resolve())
        if local.is_file() and local.suffix == ".zip":
            raise CannotWorkError(
                f"{local} holds one version, and the older one is needed as well: name the "
                "template's repository, or a bundle of it, by --template"
            )
        if local.is_file():
            return str(local.resolve())
    if "://" not in expanded and ":" not in expanded:
        raise CannotWorkError(
            f"the template {template} is not there: name its repository, or a clone or bundle of "
            "it, by --template"
        )
    return expanded


def _expanded(template: str) -> str:
    """Return what an abbreviation of cookiecutter's stands for, such as gh:owner/name."""
    if "://" in template or ":" not in template:
        return template
    from cookiecutter.config import get_user_config  # noqa: PLC0415 - a second for few
    from cookiecutter.repository import expand_abbreviations  # noqa: PLC0415

    expanded: str = expand_abbreviations(template, get_user_config()["abbreviations"])
    return expanded


def _is_repository(folder: Path) -> bool:
    """Whether a folder is a repository itself, bare or not, and no folder in one."""
    if (folder / ".git").exists():
        return True
    try:
        return Path(git_line(folder, "rev-parse", "--absolute-git-dir")) == folder.resolve()
    except GitError:
        return False


class Template:
    """A clone of the template's repository."""

    def __init__(self, place: str, folder: Path) -> None:
        """Clone it. place: what git clones. folder: a new one. Raises CannotWorkError."""
        self.place = place
        self.folder = folder
        # Other ends of lines than the template's would be changes of every line.
        command = ("clone", "--quiet", "--no-checkout", "-c", "core.autocrlf=false", "--", place)
        try:
            git(folder.parent, *command, str(folder))
        except GitError as error:
            raise CannotWorkError(
                f"the template {place} cannot be reached: {str(error).removeprefix('git clone ')}; "
                "without a network, name a clone or a bundle of it by --template"
            ) from error

    def recorded(self, commit: str) -> Revision:
        """Return the revision that a project was made from. Raises CannotWorkError."""
        found = self._commit(commit) if commit else None
        if found:
            return self._revision(found)
        what = f"has no revision {commit[:12]}" if commit else "is recorded without its revision"
        raise CannotWorkError(
            f"{self.place} {what}: write the commit that the project was made from as `revision` "
            f"of [{MARK}] in pyproject.toml, and commit that; a shallow clone of the template "
            "needs 'git fetch --unshallow'"
        )

    def newest(self) -> Revision:
        """Return the release of the newest version that the default branch declares."""
        tip = self._revision(self._tip)
        return self._release(tip.version) or tip

    def named(self, name: str) -> Revision:
        """Return a revision by a version, tag, branch or commit. Raises CannotWorkError."""
        released = None
        with suppress(InvalidVersion):
            released = self._release(Version(name))
        if released:
            return released
        commit = self._commit(name) or self._commit(f"origin/{name}")
        if commit:
            return self._revision(commit)
        known = ", ".join(str(version) for version in sorted({r.version for r in self._declared}))
        raise CannotWorkError(
            f"{self.place} has no version, tag, branch or commit {name}: its versions are {known}"
        )

    def contains(self, newer: Revision, older: Revision) -> bool:
        """Whether one revision is the other, or comes after it."""
        command = ("merge-base", "--is-ancestor", older.commit, newer.commit)
        try:
            git(self.folder, *command)
        except GitError:
            return False
        return True

    def check_out(self, revision: Revision, folder: Path) -> None:
        """Write the files of a revision into a new folder."""
        git(
            self.folder, "-c", "advice.detachedHead=false", "worktree", "add", "--quiet",
            "--detach", str(folder), revision.commit,
        )  # fmt: skip

    def changelog(self, older: Revision, newer: Revision) -> str:
        """Return the sections of the changelog of versions above the older one, newest first."""
        text = self._file(newer.commit, "CHANGELOG.md") or ""
        headings = list(HEADING.finditer(text))
        ends = [*(heading.start() for heading in headings), len(text)][1:]
        return "\n\n".join(
            text[heading.start() : end].strip()
            for heading, end in zip(headings, ends, strict=True)
            if _is_between(heading[1], older.version, newer.version)
        )

    def modes(self, revision: Revision) -> dict[str, str]:
        """Return the modes of the template's files, by paths in the project that it renders."""
        listed = git(self.folder, "ls-tree", "-r", "-z", revision.commit).decode()
        facts = (line.partition("\t") for line in listed.split("\0") if line)
        return {path.partition("/")[2]: mode.split()[0] for mode, _, path in facts}

    @cached_property
    def _tip(self) -> str:
        """Return the newest commit of the default branch, which a bundle may not name."""
        branches = git(self.folder, "for-each-ref", "--format=%(refname)", "refs/remotes/origin")
        for name in (
            "origin/HEAD",
            "HEAD",
            "origin/main",
            "origin/master",
            *branches.decode().split(),
        ):
            commit = self._commit(name)
            if commit:
                return commit
        raise CannotWorkError(f"{self.place} has no commit")

    @cached_property
    def _declared(self) -> list[Revision]:
        """The commits of the default branch that declare a version, oldest first."""
        command = ("log", "--first-parent", "--reverse", "--format=%H", "-G", "^version = ")
        commits = git(self.folder, *command, self._tip, "--", "pyproject.toml").decode().split()
        return [self._revision(commit) for commit in commits]

    def _release(self, version: Version) -> Revision | None:
        """Return what has the version's tag, or else the commit that has declared it first."""
        for tag in (f"refs/tags/{version}", f"refs/tags/v{version}"):
            commit = self._commit(tag)
            if commit:
                return self._revision(commit)
        return next((each for each in self._declared if each.version == version), None)

    def _commit(self, name: str) -> str | None:
        if name.startswith("-"):  # an option
            return None
        try:
            return git_line(self.folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except GitError:
            return None

    def _revision(self, commit: str) -> Revision:
        """Return a commit with its version. Raises CannotWorkError: it is no such template."""
        project = self._file(commit, "{{cookiecutter.project_slug}}/pyproject.toml")
        if project is None or MARK not in project:
            raise CannotWorkError(f"{self.place} is another template, at {commit[:7]} at least")
        try:
            declared = tomlkit.parse(self._file(commit, "pyproject.toml") or "").unwrap()
            version = Version(declared["project"]["version"])
        except (TOMLKitError, LookupError, TypeError, InvalidVersion) as error:
            raise CannotWorkError(
                f"pyproject.toml of {self.place} declares no version at {commit[:7]}"
            ) from error
        day = git_line(self.folder, "show", "--no-patch", "--format=%cs", commit)
        return Revision(commit, version, day)

    def _file(self, commit: str, path: str) -> str | None:
        try:
            return git(self.folder, "cat-file", "blob", f"{commit}:{path}").decode()
        except GitError:
            return None


def _is_between(text: str, older: Version, newer: Version) -> bool:
    try:
        return older < Version(text) <= newer
    except InvalidVersion:  # such as Unreleased
        return False
