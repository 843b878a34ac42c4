"""Scripts, Dockerfiles, Procfiles, variables: what a shell reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.project import NEW, OLD, assert_left, assert_name_is_changed

FAR, NEAR = "true\n" * 6, "true\n" * 5


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("start.sh", f"gunicorn app -k {OLD}\n"),
        ("start.sh", f"gunicorn app -k{OLD}\n"),
        ("start.sh", f"gunicorn app --worker-class {OLD}\n"),
        ("start.sh", f"exec gunicorn --worker-class={OLD} app\n"),
        ("start.sh", f"gunicorn -k {OLD} --worker-class={OLD} app\n"),
        ("start.sh", f"newrelic-admin run-program gunicorn -k '{OLD}' app\n"),
        ("start.sh", f'poetry run python -m gunicorn -k "{OLD}" app\n'),
        (
            "start.sh",
            f"uv run --frozen gunicorn app \\\n  --bind 0.0.0.0:80 \\\n  -k {OLD} \\\n  -w 2\n",
        ),
        ("start.bat", f"gunicorn app ^\r\n  -k {OLD} ^\r\n  -w 2\r\n"),
        ("start", f"#!/bin/sh\nwatchmedo auto-restart -- gunicorn -k {OLD} app\n"),
        ("start.sh", f"WORKER_CLASS={OLD}\n"),
        ("start.sh", f'exec gunicorn -k "${{WORKER_CLASS:-{OLD}}}"\n'),
        ("start.sh", f"exec gunicorn -k ${{WORKER_CLASS:-{OLD}}}\n"),
        (".env", f'GUNICORN_CMD_ARGS="--bind :80 -k {OLD}"'),
        (".env.production", f"WORKER_CLASS={OLD}\n"),
        ("Dockerfile", f'CMD ["gunicorn", "-k", "{OLD}", "app:app"]\n'),
        ("Dockerfile", f"CMD gunicorn -k {OLD} app:app\n"),
        ("Dockerfile", f'CMD ["sh", "-c", "exec gunicorn -k {OLD} app:app"]\n'),
        ("Dockerfile.prod", f'ENTRYPOINT ["gunicorn", "--worker-class={OLD}"]\n'),
        ("Dockerfile", f'# CMD ["gunicorn", "-k", "{OLD}"]\n'),
        ("Dockerfile", f"ENV A=1 \\\n    WORKER_CLASS={OLD} \\\n    B=2\n"),
        ("run.txt", f"docker run -e WORKER_CLASS={OLD} image\n"),
        ("Procfile", f"web: cd src && gunicorn -k {OLD} app\n"),
        ("Makefile", f"serve:\n\tgunicorn -k {OLD} app\n"),
        ("main.bicep", f"appCommandLine: 'gunicorn -k {OLD} app'\n"),
        ("main.tf", f'command = "gunicorn -k {OLD} app"\n'),
        ("deploy.sh", f'az webapp config set --startup-file "gunicorn -k {OLD} app"\n'),
        ("flake.nix", f"ExecStart = ''${{gunicorn}} -k {OLD} app'';\n"),
        ("gulpfile.js", f"spawn('gunicorn', ['-k', '{OLD}']);\n"),
        (
            "start.sh",
            f"# uvicorn.workers is deprecated since 0.30.\n\nexec gunicorn -k {OLD} app\n",
        ),
        ("start.sh", f"# exec gunicorn -k {OLD} app\nexec app\n# deprecated\n"),
        ("start.sh", f"# exec gunicorn -k {OLD} app"),
        ("start.sh", f"gunicorn -k {OLD} app\ngrep 'Traceback (most recent' log\n"),
        (
            "start.sh",
            f"if gunicorn -k {OLD} app; then :; fi\n{FAR}gunicorn -k {NEW} app\n",
        ),
        (
            "start.sh",
            f"if gunicorn -k {NEW} app; then :; fi\n{FAR}gunicorn -k {OLD} app\n",
        ),
        ("start.sh", f"exec gunicorn -k {OLD} app  # 4 workers\n"),
        ("Dockerfile", f"FROM own/uvicorn:1\nRUN pip install uvicorn-worker\nENV C={OLD}\n"),
        ("Dockerfile", f"FROM python:3.13\nENV C={OLD}\n"),
        ("Procfile", f"web: gunicorn -k {NEW} app\napi: gunicorn -k {OLD} api\n"),
        ("python3.11.2/start.sh", f"gunicorn -k {OLD} app\n"),
        ("2024_05_01/start.sh", f"gunicorn -k {OLD} app\n"),
        ("a.yml", f"a:\n  - {NEW}\nb:\n  command: gunicorn -k {OLD}\n"),
        ("start.sh", f"pip install uvicorn-worker && gunicorn -k {OLD} app\n"),
        ("gunicorn.conf.py.j2", f"worker_class = '{OLD}'  {{# fast #}}\n"),
    ],
)
def test_name_is_changed(tmp_path: Path, name: str, content: str) -> None:
    """Nothing else is, and a second run changes nothing."""
    assert_name_is_changed(tmp_path, name, content)


@pytest.mark.parametrize(
    ("name", "content", "decisions"),
    [
        ("start.sh", f"gunicorn -k {NEW} app || gunicorn -k {OLD} app\n", ["old-or-new"]),
        (
            "start.sh",
            "if python -c 'import uvicorn_worker'; then\n  W=uvicorn_worker.UvicornWorker\n"
            f"else\n  W={OLD}\nfi\n",
            ["old-or-new"],
        ),
        (
            "start.sh",
            f"if gunicorn -k {NEW} app; then :; fi\n{NEAR}gunicorn -k {OLD} app\n",
            ["old-or-new"],
        ),
        ("move.sh", f"sed -i 's/{OLD}/{NEW}/' start.sh\n", ["old-or-new"]),
        ("move.sh", "sed -i 's/uvicorn\\.workers/uvicorn_worker/' start.sh\n", ["old-or-new"]),
        ("ci.yml", f"matrix:\n  worker:\n    - {OLD}\n    - {NEW}\n", ["old-or-new"]),
        ("ci.yml", f"matrix:\n  worker: ['{NEW}', '{OLD}']\n", ["old-or-new"]),
        ("ci.yml", f"include:\n  - worker: {NEW}\n  - worker: '{OLD}'\n", ["old-or-new"]),
        ("a.json", f'{{"workers": [\n  "{OLD}",\n  "{NEW}"\n]}}\n', ["old-or-new"]),
        ("a.toml", f'workers = [\n  "{OLD}", # old\n  "{NEW}",\n]\n', ["old-or-new"]),
        ("runners/v2_6_0/start.sh", f"gunicorn -k {OLD} app\n", ["releases"]),
        ("run_2_6_0.py", f"W = '{OLD}'\n", ["releases"]),
        ("app/conf/gunicorn_conf.py-tpl", f"worker_class = '{OLD}'\n", ["copied"]),
        ("start.sh", 'gunicorn -k "uvicorn.workers.$NAME" app\n', ["other-names"]),
        ("start.sh", "gunicorn -k uvicorn.workers.TunedWorker app\n", ["other-names"]),
        ("build.sh", "pyinstaller --hidden-import uvicorn.workers app.py\n", ["hidden-imports"]),
        (
            "run.sh",
            "export PYTHONWARNINGS=ignore::DeprecationWarning:uvicorn.workers\n",
            ["warning-filters"],
        ),
        ("runners/2.6.0/start.sh", f"gunicorn -k {OLD} app\n", ["releases"]),
        ("run-v1.2.3.sh", f"gunicorn -k {OLD} app\n", ["releases"]),
        ("start.sh", f"# use {NEW}, not\n# {OLD}\n", []),
        ("start.sh", f"exec gunicorn -k {NEW} app\n# exec gunicorn -k {OLD} app || true\n", []),
        ("start.sh", f"# old: gunicorn -k {OLD}\n", []),
        ("start.sh", f"exec gunicorn app  # no longer {OLD}\n", []),
        ("start.sh", "# like uvicorn.workers does\n", []),
        ("start.bat", "REM like uvicorn.workers does\r\n", []),
        (
            "build.bat",
            "pyinstaller ^\n  --hidden-import uvicorn.workers ^\n  a.py\n",
            ["hidden-imports"],
        ),
        (
            "Dockerfile",
            f"FROM --platform=a own/uvicorn-gunicorn:1\n# {OLD}\nENV WORKER_CLASS={OLD}\n",
            ["base-images"],
        ),
        ("start.sh", 'gunicorn -k "uvicorn.workers.$NAME" app  # fast\n', ["other-names"]),
        ("output", f"[2024-01-02 10:00:00 +0000] [1] [INFO] Using worker: {OLD}\n", []),
        ("start.log", f"[2024-01-02 10:00:00 +0000] [1] [INFO] Using worker: {OLD}\n", []),
        ("start.sh", "UVICORN_WORKERS=4 uvicorn app --workers 4\n", []),
        ("start.sh", "gunicorn -k gthread app\n", []),
        ("start.sh", f"gunicorn -k {NEW} app\n", []),
        ("start.sh", "gunicorn -k myapp.uvicorn.workers.UvicornWorker app\n", []),
        ("start.sh", "gunicorn -k uvicorn_workers.UvicornWorker app\n", []),
        ("start.sh", "gunicorn -k config.uvicorn_worker.Tuned app\n", []),
    ],
)
def test_left(tmp_path: Path, name: str, content: str, decisions: list[str]) -> None:
    """To a person, or as it is."""
    assert_left(tmp_path, name, content, decisions)
