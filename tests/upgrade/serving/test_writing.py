"""Writing and taking back: in a repository and without one, half done, and when others have written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.serving import writing
from asgi_upgrade.serving.record import record_of
from upgrade.serving.planning import PLAIN, plan_for, write_files
from upgrade.serving.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a plain project without a repository."""
    folder = tmp_path / "site"
    folder.mkdir()
    site = Site(folder)
    site.write(PLAIN)
    (folder / "manage.py").chmod(0o755)
    return site


def modes(site: Site) -> dict[str, int]:
    """Return the modes of all files."""
    return {name: (site.folder / name).stat().st_mode for name in site.files()}


@pytest.mark.parametrize("has_repository", [True, False])
def test_undo_makes_all_as_it_was(site: Site, has_repository: bool) -> None:
    """Files, modes and folders, and what Python has compiled meanwhile; a second one has nothing."""
    if has_repository:
        site.commit()
    before, kept = site.files(), modes(site)
    site.tool()
    assert len(site.files()) > 100
    compiled = [sys.executable, "-m", "compileall", "-q", "asgi_serving"]
    subprocess.run(compiled, cwd=site.folder, check=True)
    assert site.tool("--undo").startswith("As before: ")
    assert (site.files(), modes(site)) == (before, kept)
    assert [path for path in site.folder.iterdir() if path.is_dir() and path.name != ".git"] == [
        site.folder / "mysite"
    ]
    assert "nothing is recorded" in site.tool("--undo", expect=2)


def test_undo_needs_files_as_they_were_written(site: Site) -> None:
    """What somebody has written since is kept; all or nothing is taken back."""
    site.tool()
    site.change("mysite/asgi.py", "import os", "import os  # mine")
    after = site.files()
    assert "changed since: mysite/asgi.py; take that back first" in site.tool("--undo", expect=2)
    assert site.files() == after


def test_undo_is_that_of_the_last_run(site: Site) -> None:
    """What was taken back by other means, and written anew, is not lost to an older record."""
    site.tool()
    written = site.files()
    for name in PLAIN:
        site.write({name: PLAIN[name]})
    shutil.rmtree(site.folder / "asgi_serving")
    (site.folder / "gunicorn.conf.py").unlink()
    site.change("mysite/asgi.py", "import os", "import os  # mine")
    before = site.files()
    site.tool()
    assert site.files().keys() == written.keys()
    site.tool("--undo")
    assert site.files() == {n: c for n, c in before.items() if "backup" not in n}


def test_uncommitted_changes_are_refused(site: Site) -> None:
    """In a file that would be changed; others do not matter."""
    site.commit()
    site.write({"notes.txt": "mine"})
    site.change("mysite/asgi.py", "import os", "import os  # mine")
    before = site.files()
    told = site.tool(expect=2)
    assert "uncommitted changes in mysite/asgi.py" in told
    assert site.files() == before
    site.tool("--allow-dirty")
    site.tool("--undo")
    assert site.files() == before


def test_ignored_file_is_not_overwritten(site: Site) -> None:
    """Git would not have it."""
    site.write({".gitignore": "gunicorn.conf.py\n", "gunicorn.conf.py": "workers = 5\n"})
    site.commit()
    before = site.files()
    assert "gunicorn.conf.py is there, and git ignores it" in site.tool(expect=2)
    assert site.files() == before


def test_another_folder_of_the_name_stays(site: Site) -> None:
    """It is no library of ours."""
    site.write({"asgi_serving/mine.py": "x = 1\n"})
    before = site.files()
    assert "it has no manifest.json" in site.tool(expect=1)
    assert site.files() == before


@pytest.mark.parametrize("after", [0, 1, 50, 149])
def test_half_a_writing_is_taken_back(
    site: Site, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full after some files."""
    before = site.files()
    plan = plan_for(site.folder)
    put = writing._put  # noqa: SLF001  # the place where a file is written
    written: list[Path] = []

    def fails(place: Path, content: bytes | None) -> None:
        if len(written) >= after:
            raise OSError(28, "No space left on device", str(place))
        written.append(place)
        put(place, content)

    monkeypatch.setattr(writing, "_put", fails)
    with pytest.raises(CannotWorkError, match="No space left on device: --undo takes back"):
        writing.write(site.folder, plan, allow_dirty=True)
    monkeypatch.undo()
    assert (site.files() != before) == bool(after) or record_of(site.folder).files
    writing.undo(site.folder)
    assert site.files() == before


def test_library_comes_first(site: Site) -> None:
    """Nothing names it before it is there, whenever the process is killed."""
    plan = plan_for(site.folder)
    order = list(writing._contents(plan))  # noqa: SLF001  # what is written, in its order
    names = [path.as_posix().startswith("asgi_serving/") for path in order]
    assert names == sorted(names, reverse=True)


def test_older_library_is_replaced(site: Site) -> None:
    """Whole, while nobody has changed it; otherwise it is told and left alone."""
    site.tool()
    new = site.files()
    manifest = json.loads(site.read("asgi_serving/manifest.json"))
    manifest["version"] = "0.0.1"
    manifest["files"]["gone.py"] = (
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    )
    site.write(
        {"asgi_serving/manifest.json": json.dumps(manifest), "asgi_serving/gone.py": "hello\n"}
    )
    (site.folder / "asgi_serving" / "gone.py").chmod(0o640)
    old = site.files()
    (site.folder / ".asgi-upgrade-backup-serving" / "record.json").unlink()
    told = site.tool()
    assert "asgi_serving/gone.py is taken away (an older version of the library)" in told
    assert {n: c for n, c in site.files().items() if "backup" not in n} == {
        n: c for n, c in new.items() if "backup" not in n
    }
    site.tool("--undo")
    assert site.files() == {n: c for n, c in old.items() if "backup" not in n}
    assert (site.folder / "asgi_serving" / "gone.py").stat().st_mode & 0o777 == 0o640
    site.write({"asgi_serving/apps.py": "# mine\n"})
    before = site.files()
    assert "version 0.0.1 was changed here: apps.py" in site.tool()
    assert site.files() == before


def test_diff_is_taken_by_patch(site: Site) -> None:
    """All but the library's own files, new ones as well, and without a last line end."""
    site.write({"requirements.txt": "django"})
    diff = site.tool("--diff", expect=1)
    assert "asgi_serving/: 1" in diff
    patched = site.folder.with_name("patched")
    patched.mkdir()
    write_files(patched, {**PLAIN, "requirements.txt": "django"})
    patch = ["patch", "-p1", "--silent", "-d", str(patched)]
    subprocess.run(patch, input=diff, text=True, check=True)
    site.tool()
    expected = {
        n: c for n, c in site.files().items() if not n.startswith((".asgi", "asgi_serving"))
    }
    assert Site(patched).files() == expected


@pytest.mark.parametrize(
    ("files", "arguments", "told"),
    [
        ({"manage.py": None}, (), "has no manage.py: name the folder of a Django project"),
        (
            {"manage.py": "print()\n", "mysite/asgi.py": None, "mysite/wsgi.py": None},
            (),
            "manage.py names no settings module: set",
        ),
        (
            {"pyproject.toml": "[tool.cookiecutter-django-asgi]\n"},
            (),
            "this project is one of the template: asgi-upgrade template updates it",
        ),
        (
            {"mysite/settings.py": None},
            (),
            "manage.py names mysite.settings, and",
        ),
        (
            {"manage.py": None, "a/manage.py": "", "b/manage.py": ""},
            (),
            "holds several projects, name one: a, b",
        ),
        ({}, ("--boot", "--check"), "--boot needs what is written"),
        ({}, ("--undo", "--check"), "not allowed with argument"),
        ({"requirements.txt": "django<5\n"}, (), "upgrade Django first"),
    ],
)
def test_mistake_is_one_line(
    site: Site, files: dict[str, str | None], arguments: tuple[str, ...], told: str
) -> None:
    """Without a traceback, and nothing is written."""
    for name, text in files.items():
        if text is None:
            (site.folder / name).unlink()
        else:
            site.write({name: text})
    before = site.files()
    assert told in site.tool(*arguments, expect=2)
    assert site.files() == before


@pytest.mark.skipif(os.name == "nt", reason="folders have no such modes there")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written(site: Site) -> None:
    """The reason, in one line."""
    site.folder.chmod(0o555)
    try:
        assert "cannot be written, Permission denied" in site.tool(expect=2)
    finally:
        site.folder.chmod(0o755)
