"""Commands of four servers, in all places where they are started."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.serving.planning import assert_is_done, planned

CLASS = "--worker-class=asgi_serving.worker.Worker"

CHANGED = [
    # file, before, after
    ("Procfile", "web: gunicorn mysite.wsgi\n", f"web: gunicorn {CLASS} mysite.asgi\n"),
    (
        "Procfile",
        "web: gunicorn mysite.wsgi:application --workers 3 --log-file -\n",
        f"web: gunicorn {CLASS} mysite.asgi:application --workers 3 --log-file -\n",
    ),
    (
        "Procfile",
        "web: daphne -b 0.0.0.0 -p $PORT mysite.asgi:application\n",
        f"web: gunicorn {CLASS} --bind 0.0.0.0:$PORT mysite.asgi:application\n",
    ),
    (
        "Dockerfile",
        'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "mysite.wsgi:application"]\n',
        f'CMD ["gunicorn", "{CLASS}", "--bind", "0.0.0.0:8000", "mysite.asgi:application"]\n',
    ),
    (
        "Dockerfile",
        'CMD ["uvicorn", "mysite.asgi:application", "--host", "0.0.0.0", "--port", "80"]\n',
        f'CMD ["gunicorn", "{CLASS}", "--bind", "0.0.0.0:80", "mysite.asgi:application"]\n',
    ),
    (
        "Dockerfile",
        'CMD ["sh", "-c", "python manage.py migrate && gunicorn mysite.wsgi -b :$PORT"]\n',
        'CMD ["sh", "-c", "python manage.py migrate && '
        f'exec gunicorn {CLASS} mysite.asgi -b :$PORT"]\n',
    ),
    (
        "start.sh",
        "#!/bin/sh\nexec gunicorn \\\n    --bind 0.0.0.0:8000 \\\n    -k gthread --threads 4 \\\n"
        "    mysite.wsgi:application\n",
        "#!/bin/sh\nexec gunicorn \\\n    --bind 0.0.0.0:8000 \\\n"
        "    -k asgi_serving.worker.Worker --threads 4 \\\n    mysite.asgi:application\n",
    ),
    (
        "deploy/web.service",
        "[Service]\nExecStart=/srv/venv/bin/gunicorn --workers 2 --bind unix:/run/web.sock "
        "mysite.wsgi:application\n",
        f"[Service]\nExecStart=/srv/venv/bin/gunicorn {CLASS} --workers 2 --bind unix:/run/web.sock "
        "mysite.asgi:application\n",
    ),
    (
        "compose.yaml",
        "services:\n  web:\n    command: gunicorn mysite.wsgi:application --bind 0.0.0.0:8000\n"
        "    ports: ['80']\n",
        f"services:\n  web:\n    command: gunicorn {CLASS} mysite.asgi:application --bind 0.0.0.0:8000\n"
        "    ports: ['80']\n",
    ),
    (
        "compose.yaml",
        "services:\n  web:\n    command: >\n      gunicorn\n      mysite.wsgi:application\n"
        "      -w 4\n    init: true\n",
        f"services:\n  web:\n    command: >\n      gunicorn {CLASS}\n      mysite.asgi:application\n"
        "      -w 4\n    init: true\n",
    ),
    (
        "compose.yaml",
        "services:\n  web:\n    command:\n      - gunicorn\n      - mysite.wsgi\n      - -w\n      - '4'\n",
        f"services:\n  web:\n    command:\n      - gunicorn\n      - {CLASS}\n      - mysite.asgi\n"
        "      - -w\n      - '4'\n",
    ),
    (
        "compose.yaml",
        "services:\n  web:\n    command:\n      - uvicorn\n      - mysite.asgi:application\n"
        "      - --host\n      - 0.0.0.0\n",
        f"services:\n  web:\n    command:\n      - gunicorn\n      - {CLASS}\n      - --bind\n"
        "      - 0.0.0.0:8000\n      - mysite.asgi:application\n",
    ),
    (
        "deploy/web.yaml",
        'containers:\n  - name: web\n    command: ["gunicorn"]\n'
        '    args: ["mysite.wsgi", "--bind", "0.0.0.0:8000"]\n',
        f'containers:\n  - name: web\n    command: ["gunicorn", "{CLASS}"]\n'
        '    args: ["mysite.asgi", "--bind", "0.0.0.0:8000"]\n',
    ),
    (
        "fly.toml",
        '[processes]\napp = "gunicorn --bind :8000 mysite.wsgi"\n',
        f'[processes]\napp = "gunicorn {CLASS} --bind :8000 mysite.asgi"\n',
    ),
    (
        "railway.json",
        '{"deploy": {"startCommand": "python -m gunicorn mysite.wsgi"}}\n',
        f'{{"deploy": {{"startCommand": "python -m gunicorn {CLASS} mysite.asgi"}}}}\n',
    ),
    (
        "supervisor.conf",
        "[program:web]\ncommand=venv/bin/hypercorn -b 127.0.0.1:9000 -w 2 mysite.asgi:application\n",
        f"[program:web]\ncommand=venv/bin/gunicorn {CLASS} --bind 127.0.0.1:9000 --workers 2 "
        "mysite.asgi:application\n",
    ),
    (
        ".github/workflows/smoke.yml",
        "jobs:\n  smoke:\n    steps:\n      - run: |\n          gunicorn mysite.wsgi --daemon\n"
        "          curl localhost:8000\n",
        f"jobs:\n  smoke:\n    steps:\n      - run: |\n          gunicorn {CLASS} mysite.asgi --daemon\n"
        "          curl localhost:8000\n",
    ),
    (
        "Procfile",
        "web: gunicorn -k uvicorn.workers.UvicornWorker mysite.asgi:application\n",
        "web: gunicorn -k asgi_serving.worker.Worker mysite.asgi:application\n",
    ),
    (
        "Procfile",
        "web: uvicorn mysite.asgi:application --proxy-headers --forwarded-allow-ips='*' --uds /run/a\n",
        f"web: gunicorn {CLASS} --bind unix:/run/a mysite.asgi:application "
        "--forwarded-allow-ips '*'\n",
    ),
]


@pytest.mark.parametrize(("name", "before", "after"), CHANGED)
def test_command_is_changed(tmp_path: Path, name: str, before: str, after: str) -> None:
    """In its own form, and once."""
    files, plan = planned(tmp_path, {name: before})
    assert files[name] == after
    assert not plan.needed
    assert_is_done(tmp_path, plan)


EXEC = [
    # file, text: {} is where it gets `exec `
    ("Dockerfile", "CMD {}gunicorn mysite.wsgi --workers 2\n"),
    (
        "Dockerfile",
        "ENTRYPOINT ./manage.py migrate && \\\n  {}gunicorn \\\n  mysite.wsgi -w 2\nUSER web\n",
    ),
    ("Dockerfile", "CMD DEBUG=0 {}venv/bin/gunicorn mysite.wsgi\n"),
    ("deploy/Containerfile", "CMD {}python -m gunicorn mysite.wsgi\n"),
    ("Dockerfile", "CMD {}daphne -p 80 mysite.asgi:application\n"),
    ("Dockerfile", 'CMD ["/bin/bash", "-lc", "./manage.py migrate; {}gunicorn mysite.wsgi"]\n'),
    ("compose.yaml", "services:\n  web:\n    command: sh -c '{}gunicorn mysite.wsgi'\n"),
    (
        "docker-compose.yml",
        'services:\n  web:\n    command: >\n      sh -c "./manage.py migrate &&\n'
        '             {}gunicorn mysite.wsgi --bind 0.0.0.0:8000"\n    tty: true\n',
    ),
    (
        "start.sh",
        "#!/bin/sh\nset -e\n./manage.py migrate\n{}gunicorn mysite.wsgi:application -w 2\n",
    ),
    ("bin/serve", "#!/usr/bin/env bash\n{}poetry run gunicorn mysite.wsgi\n"),
]


@pytest.mark.parametrize(("name", "text"), EXEC)
def test_shell_makes_way_for_its_last_command(tmp_path: Path, name: str, text: str) -> None:
    """It would keep what tells a container to stop, and all would be killed after Docker's ten seconds."""
    told, _ = planned(tmp_path / "told", {name: text.format("exec ")})
    files, plan = planned(tmp_path / "site", {name: text.format("")})
    assert files[name] == told[name]
    assert_is_done(tmp_path / "site", plan)


WITHOUT_EXEC = [
    ("Dockerfile", "CMD exec gunicorn mysite.wsgi\n"),
    ("Dockerfile", "CMD gunicorn mysite.wsgi | tee /var/log/web.log\n"),
    ("Dockerfile", "CMD gunicorn mysite.wsgi & celery -A mysite worker\n"),
    ("Dockerfile", "CMD if [ -z $DEBUG ]; then gunicorn mysite.wsgi; else ./manage.py shell; fi\n"),
    ("Dockerfile", 'CMD ["gunicorn", "mysite.wsgi"]\n'),
    ("compose.yaml", "services:\n  web:\n    command: gunicorn mysite.wsgi\n"),
    ("Procfile", "web: gunicorn mysite.wsgi\n"),
    ("start.sh", "gunicorn mysite.wsgi &\nwait\n"),
    ("start.sh", "trap 'rm -f ready' EXIT\ngunicorn mysite.wsgi\n"),
    ("start.sh", "serve() {\n  gunicorn mysite.wsgi\n}\nserve\n"),
    ("Makefile", "serve:\n\tgunicorn mysite.wsgi\n"),
]


@pytest.mark.parametrize(("name", "text"), WITHOUT_EXEC)
def test_shell_that_does_more_stays(tmp_path: Path, name: str, text: str) -> None:
    """As does a command that no shell runs, or that nothing stops as it stops a container."""
    files, plan = planned(tmp_path, {name: text})
    assert files[name].count("exec") == text.count("exec")
    assert_is_done(tmp_path, plan)


KEPT = [
    ("README.md", "Run `gunicorn mysite.wsgi` to serve it.\n"),
    ("Dockerfile", "RUN pip install gunicorn uvicorn\n"),
    ("Dockerfile", '# CMD ["gunicorn", "mysite.wsgi"]\n'),
    ("other.sh", "gunicorn other.wsgi\n"),
    ("worker.sh", "celery -A mysite worker\n"),
    ("compose.yaml", "services:\n  gunicorn:\n    image: gunicorn\n"),
    (
        ".vscode/launch.json",
        '{"configurations": [{"module": "uvicorn", "args": ["mysite.asgi:application"]}]}\n',
    ),
]


@pytest.mark.parametrize(("name", "text"), KEPT)
def test_what_is_no_command_of_this_project_stays(tmp_path: Path, name: str, text: str) -> None:
    """Documents, packages, comments, and others' applications."""
    files, _ = planned(tmp_path, {name: text})
    assert files[name] == text


CONF = 'wsgi_app = "mysite.wsgi:application"\nworker_class = "gthread"  # threads\nthreads = 4\n'


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("gunicorn.conf.py", "gunicorn"),
        ("deploy/gunicorn_web.py", "gunicorn -c /app/deploy/gunicorn_web.py"),
        ("deploy/gunicorn_web.py", "gunicorn --config=deploy/gunicorn_web.py --preload"),
    ],
)
def test_configuration_file_is_changed(tmp_path: Path, name: str, command: str) -> None:
    """Where it names the application; the command needs no flag then, and no other file is written."""
    files, plan = planned(tmp_path, {"Procfile": f"web: {command}\n", name: CONF})
    assert files[name] == CONF.replace("gthread", "asgi_serving.worker.Worker").replace(
        "wsgi:", "asgi:"
    )
    assert files["Procfile"] == f"web: {command}\n"
    assert [path.name for path in plan.created if path.name == "gunicorn.conf.py"] == []
    assert_is_done(tmp_path, plan)


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn -c service/conf.py -k uvicorn.workers.UvicornWorker main:app",
        "gunicorn -c service/conf.py $APPLICATION",
        "gunicorn -c service/conf.py",
        "gunicorn",
    ],
)
def test_another_application_stays(tmp_path: Path, command: str) -> None:
    """Such as that of a service beside the project."""
    files = {"Procfile": f"api: {command}\n", "service/conf.py": 'wsgi_app = "main:app"\n'}
    after, plan = planned(tmp_path, files)
    assert (after["Procfile"], after["service/conf.py"]) == (
        files["Procfile"],
        files["service/conf.py"],
    )
    assert_is_done(tmp_path, plan)


def test_class_that_is_computed_is_asked_for(tmp_path: Path) -> None:
    """In a configuration file."""
    conf = 'import os\n\nworker_class = os.environ.get("WORKER", "sync")\n'
    files, plan = planned(tmp_path, {"gunicorn.conf.py": conf})
    assert files["gunicorn.conf.py"] == conf
    [asked] = plan.needed
    assert (asked.line, asked.write) == (3, 'worker_class = "asgi_serving.worker.Worker"')


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        (
            "web: uvicorn mysite.asgi:application --ssl-keyfile=key.pem\n",
            "uvicorn has --ssl-keyfile, which Gunicorn has not",
            f"gunicorn {CLASS} mysite.asgi:application",
        ),
        (
            "web: uvicorn mysite.asgi:application --reload\n",
            "uvicorn --reload is for development",
            "python manage.py runserver",
        ),
    ],
)
def test_what_gunicorn_has_not_is_told(tmp_path: Path, text: str, what: str, line: str) -> None:
    """The command stays, and serves as before."""
    files, plan = planned(tmp_path, {"Procfile": text})
    assert files["Procfile"] == text
    [told] = [each for each in plan.notes if each.path.name == "Procfile"]
    assert (told.what, told.write) == (what, line)


def test_another_worker_class_is_asked_for_first(tmp_path: Path) -> None:
    """Nobody here knows what it does, so nothing is written."""
    text = "web: gunicorn -k mysite.workers.Own mysite.asgi:application\n"
    files, plan = planned(tmp_path, {"Procfile": text})
    assert files["Procfile"] == text
    [told] = plan.needed
    assert told.what == "the worker class is mysite.workers.Own, and what it does is not known"


def test_limits_are_in_the_file_as_well(tmp_path: Path) -> None:
    """Those on which all commands agree: checks read the file, and no command line."""
    files, _ = planned(
        tmp_path,
        {
            "Procfile": "web: gunicorn mysite.wsgi --workers 3 --timeout=120 --max-requests 500\n",
            "start.sh": "gunicorn -w3 --timeout 120 --max-requests 400 mysite.wsgi\n",
        },
    )
    conf = files["gunicorn.conf.py"]
    assert 'int(os.environ.get("WEB_CONCURRENCY") or 3)' in conf
    assert "timeout = 120\n" in conf
    assert "max_requests" not in conf
    compile(conf, "gunicorn.conf.py", "exec")


def test_one_process_stays_one(tmp_path: Path) -> None:
    """What was in its memory is not in that of others."""
    files, _ = planned(tmp_path, {"Procfile": "web: daphne mysite.asgi:application\n"})
    assert 'int(os.environ.get("WEB_CONCURRENCY") or 1)' in files["gunicorn.conf.py"]
