"""Translations: what `nox -s messages` collects and compiles."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from quality import environment_for
from rendering import render, run

SESSION = """
import runpy, subprocess

class Session:
    posargs = ["--locale=de"]
    venv_backend = "none"
    def install(self, *packages): pass
    def run(self, *command): subprocess.run(command, check=True)

runpy.run_path("noxfile.py")["messages"](Session())
"""


NO_TEXT = re.compile(
    r"{% blocktranslate.*?endblocktranslate %}|{% if serving %}.*?(?={% elif)|{%.*?%}|{{.*?}}|{#.*?#}"
    r"|<style>.*?</style>|<[^>]*>",
    re.DOTALL,
)
"""What of a template nobody reads, or what is translated; `serving` is there while developing."""


@pytest.mark.skipif(not shutil.which("xgettext"), reason="needs GNU gettext")
def test_texts_are_collected_and_compiled(tmp_path: Path) -> None:
    """Those of the project and not the library's; a page is then in the other language."""
    project = render(tmp_path, project_slug="shop")
    views = project / "shop" / "home" / "views.py"
    views.write_text(
        "from django.http import HttpResponse\nfrom django.utils.translation import gettext\n\n\n"
        'def home(request):\n    return HttpResponse(gettext("The shop is open."))\n'
    )
    urls = project / "shop" / "home" / "urls.py"
    urls.write_text(
        "from django.urls import path\n\nfrom shop.home import views\n\n"
        'urlpatterns = [path("", views.home, name="home")]\n'
    )
    python = environment_for(project)
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    collected = run(python, "-c", SESSION, cwd=project, PATH=path)
    assert collected.returncode == 0, collected.stderr
    [catalog] = project.rglob("*.po")
    assert catalog.relative_to(project).parts[:3] == ("shop", "locale", "de")
    text = catalog.read_text("utf-8")
    assert {place.partition("/")[0] for place in re.findall(r"^#: (\S+)", text, re.MULTILINE)} == {
        "shop"
    }
    assert 'msgid "Sign In"' in text
    catalog.write_text(
        text.replace(
            'msgid "The shop is open."\nmsgstr ""',
            'msgid "The shop is open."\nmsgstr "Der Laden ist offen."',
        )
    )
    compiled = run(python, "-c", SESSION, cwd=project, PATH=path)
    assert compiled.returncode == 0, compiled.stderr
    base = project / "config" / "settings" / "base.py"
    languages = 'LANGUAGES = [("en", "English"), ("de", "Deutsch")]'
    base.write_text(base.read_text("utf-8").replace('LANGUAGES = [("en", "English")]', languages))
    asked = run(
        python, "-c",
        "import django; django.setup()\n"
        "from django.test import Client\n"
        'print(Client().get("/", headers={"accept-language": "de"}).content.decode())',
        cwd=project, DJANGO_SETTINGS_MODULE="config.settings.test",
    )  # fmt: skip
    assert asked.stdout == "Der Laden ist offen.\n", asked.stderr


@pytest.mark.parametrize("accounts", ["none", "allauth"])
def test_texts_of_pages_can_be_translated(tmp_path: Path, accounts: str) -> None:
    """Each of them, and what screen readers say."""
    project = render(tmp_path, project_slug="shop", accounts=accounts)
    pages = {path.name: path for path in (project / "shop" / "templates").rglob("*.html")}
    assert {"base.html", "error.html", "home.html"} <= pages.keys()
    for name, path in pages.items():
        text = path.read_text("utf-8")
        assert re.findall(r"[A-Za-z]+", NO_TEXT.sub(" ", text)) == [], name
        assert re.findall(r'(?:aria-label|alt|placeholder|title)="(\w+)', text) == [], name
        assert re.findall(r'yesno:"', text) == [], name
