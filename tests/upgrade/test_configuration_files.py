"""YAML, TOML, JSON and INI files."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from asgi_upgrade.rewriters import rewriter_for
from upgrade.project import NEW, OLD, assert_left, assert_name_is_changed


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("compose.yaml", f"services:\n  web:\n    command: gunicorn -k {OLD} app\n"),
        ("docker-compose.yml", f'services:\n  web:\n    command: ["gunicorn", "-k", "{OLD}"]\n'),
        (
            "compose.yml",
            f"services:\n  web:\n    command:\n      - gunicorn\n      - -k\n      - {OLD}\n",
        ),
        (
            "compose.yaml",
            f'services:\n  web:\n    command: bash -c "migrate && gunicorn -k {OLD}"\n',
        ),
        ("compose.yaml", f"services:\n  web:\n    # command: gunicorn -k {OLD}\n    image: x\n"),
        ("k8s.yaml", f"kind: A\n---\nargs: &a\n  - --worker-class={OLD}\nmore: *a\n"),
        (
            "templates/deployment.yaml",
            f'args: ["-k", {{{{ .Values.worker | default "{OLD}" }}}}]\n',
        ),
        (
            ".github/workflows/ci.yml",
            f"jobs:\n  a:\n    steps:\n      - run: |\n          gunicorn -k {OLD}\n",
        ),
        ("render.yaml", f"services:\n- startCommand: gunicorn -k {OLD} app\n"),
        ("fly.toml", f'[processes]\napp = "gunicorn -k {OLD} app"\n'),
        ("nixpacks.toml", f"[start]\ncmd = 'gunicorn -k {OLD} app'\n"),
        ("{{cookiecutter.slug}}/x.toml", f'{{% if a %}}\ncmd = "{OLD}"\n{{% endif %}}\n'),
        ("railway.json", f'{{"deploy": {{"startCommand": "gunicorn -k {OLD} app"}}}}'),
        ("package.json", f'{{\n  "scripts": {{"serve": "gunicorn -k {OLD}"}}\n}}\n'),
        ("tsconfig.jsonc", f"{{\n  // gunicorn -k {OLD}\n}}\n"),
        ("web.service", f"[Service]\nExecStart=/bin/gunicorn -k {OLD} app\n"),
        ("web.service", f"[Service]\nExecStart=/bin/gunicorn \\\n-w 2 \\\n-k {OLD} app \\\n--x\n"),
        ("supervisord.conf", f"[program:web]\ncommand=gunicorn -k {OLD} app\n"),
        ("tox.ini", f"[testenv]\ncommands =\n    gunicorn -k {OLD} app\n"),
        ("nginx.conf", f"# gunicorn -k {OLD}\nserver {{ listen 80; }}\n"),
    ],
)
def test_name_is_changed(tmp_path: Path, name: str, content: str) -> None:
    """Nothing else is, and a second run changes nothing."""
    assert_name_is_changed(tmp_path, name, content)


@pytest.mark.parametrize(
    ("name", "content", "decisions"),
    [
        (
            "pyproject.toml",
            '[tool.pytest.ini_options]\nfilterwarnings = ["ignore::DeprecationWarning:uvicorn.workers"]\n',
            ["warning-filters"],
        ),
        ("mypy.ini", "[mypy-uvicorn.workers]\nignore_errors = true\n", ["type-checkers"]),
        (
            "pyproject.toml",
            '[[tool.mypy.overrides]]\nmodule = ["uvicorn.workers"]\n',
            ["type-checkers"],
        ),
        (".coveragerc", "[run]\nomit =\n    tests/*\n    */uvicorn/workers.py\n", ["coverage"]),
        ("pyproject.toml", '[tool.coverage.run]\nomit = ["*/uvicorn/workers*"]\n', ["coverage"]),
        ("nginx.conf", "root /srv/uvicorn/workers;\n", []),
        ("setup.cfg", "[coverage:run]\nomit = */uvicorn.workers*\n", ["coverage"]),
        ("values.yaml", "worker: uvicorn.workers.{{ .Values.name }}\n", ["other-names"]),
        ("a.ipynb", f'{{"cells": [{{"outputs": ["{OLD}"], "source": []}}]}}', []),
        ("a.ipynb", f'{{"cells": [{{"outputs": [], "source": ["{OLD}"]}}]}}', ["notebooks"]),
        ("a.ipynb", f'{{"cells": [{{"source": ["{OLD}", "\\"outputs\\":"]}}]}}', ["notebooks"]),
        ("values.yaml", "uvicorn.workers: 4\n", []),
        ("values.yaml", "args: --set uvicorn.workers=$WORKERS\n", []),
        ("deployment.yaml", "workers: {{ .Values.uvicorn.workers }}\n", []),
        ("compose.yaml", f"# uvicorn.workers is deprecated\na: {NEW}\n", []),
        (
            "pyproject.toml",
            '[tool.a]\nfilterwarnings = [\n  "error",\n  "ignore:.*:Warning:uvicorn.workers",\n]\n',
            ["warning-filters"],
        ),
        ("compose.yaml", f"command: gunicorn -k {NEW} app\n", []),
        ("compose.yaml", "environment:\n  UVICORN_WORKERS: 4\n", []),
        ("app.json", '{"a": "uvicorn"}', []),
        ("uv.lock", f'[[package]]\nname = "{OLD}"\n', []),
        ("poetry.lock", f"# {OLD}\n", []),
    ],
)
def test_left(tmp_path: Path, name: str, content: str, decisions: list[str]) -> None:
    """To a person, or as it is."""
    assert_left(tmp_path, name, content, decisions)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.yaml", "a: 1\n", "a: 2\n"),
        ("a.yaml", "a: [x, y]\n", "a: [y, x]\n"),
        ("a.yaml", "a: '1'\n", "a: 1\n"),
        ("a.toml", "a = 1\n", "a = 2\n"),
        ("a.json", '{"a": 1}', '{"a": 2}'),
        ("a.ini", "[a]\nb = 1\n", "[a]\nb = 2\n"),
        ("a.py", "a = 1\n", "a = 2\n"),
        ("a.py", "def f(): return 1\n", "def f(): return 2\n"),
        (
            "a.py",
            "from uvicorn.workers import UvicornWorker\na = 1\n",
            "from uvicorn_worker import UvicornWorker\n",
        ),
    ],
)
def test_other_meaning_is_noticed(name: str, before: str, after: str) -> None:
    """Edits that would change too much are taken back by it."""
    rewriter = rewriter_for(PurePosixPath(name), before)
    assert rewriter.meaning(before) != rewriter.meaning(after)
