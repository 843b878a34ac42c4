"""The steps of an update, in their order."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TextIO

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.template import questions, record, report
from asgi_upgrade.template.git import environment, git
from asgi_upgrade.template.merge import Stage
from asgi_upgrade.template.rendering import NotAcceptedError, Order, Render, render
from asgi_upgrade.template.source import Revision, Template, location
from asgi_upgrade.template.trees import Store, Tree
from asgi_upgrade.template.update import Side, Update, prepare
from asgi_upgrade.template.worktree import WorkTree, held_signals


class Steps:
    """An update of one project."""

    def __init__(self, options: argparse.Namespace, tree: WorkTree, workplace: Path) -> None:
        """Read what the project records. workplace: an empty folder. Raises CannotWorkError."""
        self.options = options
        self.tree = tree
        self.workplace = workplace
        self.store = Store(workplace / "objects.git", tree.top)
        self.everything = self.store.read_tree(tree.head())
        self.before = {
            path.removeprefix(tree.prefix): entry
            for path, entry in self.everything.items()
            if path.startswith(tree.prefix)
        }
        self.recorded = self._read_record()
        self.answers = {**self.recorded.answers, **dict(options.answer)}

    def run(self) -> int:
        """Update the project as asked, and return the exit code. Raises CannotWorkError."""
        source = self.options.template or self.recorded.template
        _progress(f"Fetching {source} ...")
        template = Template(location(source, self.tree.project), self.workplace / "template")
        older, newer = self._revisions(template)
        if newer == older and self.answers == self.recorded.answers:
            print(f"Nothing to do: the project has {older}, the newest version.")
            return 0
        if self.options.check:
            print(f"{newer} is there, and the project has {older}: run 'asgi-upgrade template'.")
            return 1
        changelog = template.changelog(older, newer)
        self._tell(report.beginning(source, older, newer, changelog))
        old, new = self._render(template, older, newer)
        update = prepare(self.store, self.before, old, new, self._remembered())
        if update.is_nothing:
            self._tell("\nNothing to do: the project is as the template wants it.")
            return 0
        return self._show(update) if self.options.diff else self._write(update, older, newer)

    def _read_record(self) -> record.Record:
        texts = {}
        for name in (record.PYPROJECT, record.CRUFT, "LICENSE"):
            entry = self.before.get(name)
            try:
                texts[name] = self.store.content(entry).decode() if entry else ""
            except UnicodeDecodeError as error:
                raise CannotWorkError(
                    f"{name} is not UTF-8: save it as that, and commit"
                ) from error
        return record.read_record(texts[record.PYPROJECT], texts[record.CRUFT], texts["LICENSE"])

    def _revisions(self, template: Template) -> tuple[Revision, Revision]:
        """Return the revision that the project has, and the one that it shall have."""
        older = template.recorded(self.recorded.revision)
        wanted = self.options.to
        newer = template.named(wanted) if wanted else template.newest()
        if newer.commit != older.commit and template.contains(older, newer):
            if wanted:
                raise CannotWorkError(
                    f"the project has {older}, which contains {newer} already: to go back, revert "
                    "the commit of the update by 'git revert'"
                )
            return older, older
        return older, newer

    def _remembered(self) -> record.Record:
        """Return the record with the template's new address, if it was given one."""
        given = self.options.template
        if given and not Path(given).expanduser().exists():
            return replace(self.recorded, template=given)
        return self.recorded

    def _render(self, template: Template, older: Revision, newer: Revision) -> list[Side]:
        """Render both versions at once, and tell of the questions. Raises CannotWorkError."""
        old, new = self.workplace / "old", self.workplace / "new"
        template.check_out(older, old)
        template.check_out(newer, new)
        asked = questions.questions(new)
        refused = self._refuse_answers(asked, newer)
        unanswered = questions.new_questions(asked, self.answers)
        self.answers = questions.answers_before(asked) | self.answers
        _progress(f"Rendering {older.version} and {newer.version} ...")
        renders = self._renders(old, new, refused, [*unanswered, *refused])
        dropped = questions.dropped_questions(asked, self.answers)
        told = report.questions(unanswered, renders[1].answers, dropped)
        if told:
            self._tell(f"\n{told}")
        return [
            Side(revision, render, template.modes(revision))
            for revision, render in zip((older, newer), renders, strict=True)
        ]

    def _refuse_answers(self, asked: Mapping[str, Any], newer: Revision) -> list[str]:
        """Return the answers that are to be asked again. Raises CannotWorkError."""
        unknown = [name for name, _ in self.options.answer if name not in asked]
        if unknown:
            known = ", ".join(name for name in asked if not name.startswith("_"))
            raise CannotWorkError(
                f"{newer.version} does not ask for {', '.join(unknown)}: its questions are {known}"
            )
        refused = questions.refused_choices(asked, self.answers)
        if refused and not self.options.ask:
            name, offered = next(iter(refused.items()))
            raise CannotWorkError(
                f"{newer.version} does not take {name} = {self.answers[name]!r}: say --answer "
                f"{name}=VALUE with one of {', '.join(offered)}, or --ask"
            )
        return list(refused)

    def _renders(
        self, old: Path, new: Path, refused: list[str], asked: list[str]
    ) -> tuple[Render, Render]:
        year = self.recorded.year or str(datetime.now(tz=timezone.utc).year)
        kept = {name: answer for name, answer in self.answers.items() if name not in refused}
        orders = (
            Order(old, self.recorded.answers, year),
            Order(new, kept, year, asked if self.options.ask else ()),
        )
        try:
            former, latter = render(orders, self.workplace / "renders")
        except NotAcceptedError as error:
            raise CannotWorkError(
                f"an answer is not accepted: {error}\nGive another by --answer NAME=VALUE."
            ) from error
        return former, latter

    def _show(self, update: Update) -> int:
        """Print what would change as git shows it."""
        before, after = map(self.store.write_tree, (update.before, update.after))
        command = ("diff", "--no-color", "--no-ext-diff", before, after)
        sys.stdout.buffer.write(git(self.store.folder, *command))
        return 1

    def _write(self, update: Update, older: Revision, newer: Revision) -> int:
        prefix = self.tree.prefix
        self.tree.refuse_in_the_way(
            [prefix + path for path in update.added], [prefix + path for path in update.changed]
        )
        elsewhere: Tree = {p: e for p, e in self.everything.items() if not p.startswith(prefix)}
        after = elsewhere | {prefix + path: entry for path, entry in update.after.items()}
        stages = [Stage(prefix + s.path, s.number, s.entry) for s in update.stages]
        message = f"Update cookiecutter-django-asgi from {older.version} to {newer.version}\n"
        with held_signals() as received:
            try:
                self.tree.write(self.store, self.everything, after, stages, message)
            except Exception:
                self.tree.take_back()
                raise
            if received:
                self.tree.take_back()
                raise KeyboardInterrupt
        locked = self._lock(update)
        self._tell(f"\n{report.files(update, prefix)}\n\n{report.ending(update, locked=locked)}")
        return 1 if update.conflicts else 0

    def _lock(self, update: Update) -> str | None:
        """Make the lock file again where dependencies changed; return why that could not be done."""
        path = record.PYPROJECT
        if "uv.lock" not in update.after or path not in update.before or path not in update.after:
            return None
        if path in update.conflicts:
            return "when pyproject.toml is settled"
        former, now = (
            record.dependencies(self.store.content(tree[path]).decode())
            for tree in (update.before, update.after)
        )
        if former == now:
            return None
        uv = shutil.which("uv")
        if not uv:
            return "there is no uv here"
        _progress("Locking the dependencies with uv ...")
        command = [uv, "lock", "--quiet"]
        folder = self.tree.project
        done = subprocess.run(command, cwd=folder, check=False, env=environment())
        if done.returncode:
            return "to see why it failed here"
        git(folder, "add", "--", "uv.lock")
        return None

    def _tell(self, text: str) -> None:
        """Print for a person, beside a diff that a machine may read."""
        out: TextIO = sys.stderr if self.options.diff else sys.stdout
        print(text, file=out, flush=True)


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
