"""What there is to do in this repository: `nox -l` lists it, `nox -s NAME` does it."""

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"

NO_TESTS = 5
"""What pytest returns when its arguments select none."""

PROOF = {"PYTHONPATH": "tests", "COOKIECUTTER_LOCK_TIMEOUT": "0"}
"""For what makes projects as the tests do, and locks no dependencies."""


@nox.session
def lint(session: nox.Session) -> None:
    """Check format, style and types of the template's own code."""
    session.install("--group", "lint", "--group", "bench", "--group", "claims", "--group", "faults")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests but those in containers and of the night; arguments go to pytest."""
    run_tests(session)


@nox.session(default=False)
def night(session: nox.Session) -> None:
    """Run the tests that take long, need no container, and guard what seldom changes."""
    run_tests(session, "-m", "night and not compose")


def install_tests(session: nox.Session) -> None:
    """Install what the tests need, with bytecode for what some hundred processes start."""
    session.install("--group", "tests")
    session.run("python", "-m", "compileall", "-q", "asgi_upgrade")
    imported = {"PYTHONDONTWRITEBYTECODE": ""}  # as in many images and shells
    session.run("python", "-c", "import asgi_upgrade.cli, cookiecutter.main", env=imported)


def run_tests(session: nox.Session, *which: str) -> None:
    """Run tests side by side; which: options that choose them."""
    install_tests(session)
    session.run("pytest", "--numprocesses", "auto", "--dist", "worksteal", *which, *session.posargs)


@nox.session(default=False)
def busy(session: nox.Session) -> None:
    """Run the tests three times while all cores are busy; arguments are how often, and pytest's."""
    install_tests(session)
    session.run("python", "-m", "proofs.busy", *session.posargs)


@nox.session(default=False)
def serving(session: nox.Session) -> None:
    """Run the tests of the serving library; arguments are folder or wheel, and pytest's."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.serving_library", *session.posargs, env=PROOF)


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """Build the wheel and the sdist of the serving library in dist/."""
    session.install("--group", "demo")
    session.run("python", "-m", "proofs.distribution", env=PROOF)


@nox.session(default=False)
def compose(session: nox.Session) -> None:
    """Run the tests in containers, which need Docker with Compose; --quick leaves some to the night."""
    session.install("--group", "tests")
    arguments = [argument for argument in session.posargs if argument != "--quick"]
    when = " and not night" if "--quick" in session.posargs else ""
    # A few stacks side by side: each takes a gigabyte, and waits most of the time.
    many = ("--numprocesses", "auto", "--maxprocesses", "3", "--dist", "loadscope")
    # An engine that leaves a swarm keeps the containers of other stacks from finding each other.
    for which, how in (("compose and not swarm", many), ("swarm", ())):
        session.run("pytest", "-m", which + when, *how, *arguments, success_codes=[0, NO_TESTS])


@nox.session(default=False)
def django_suite(session: nox.Session) -> None:
    """Run Django's own tests against a project's handler; arguments are labels of Django's."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.django_suite", *session.posargs, env=PROOF)


@nox.session(default=False)
def third_parties(session: nox.Session) -> None:
    """Run other people's tests of their packages on a project; arguments are packages, --quick."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.third_party_suites", *session.posargs, env=PROOF)


@nox.session(default=False)
def public_settings(session: nox.Session) -> None:
    """Look at the settings of public projects with the library's checks; arguments are projects."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.public_settings", *session.posargs, env=PROOF)


@nox.session(default=False)
def public_workers(session: nox.Session) -> None:
    """Compare asgi-upgrade worker on public projects with what a person decided. See --help."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.public_workers", *session.posargs, env=PROOF)


@nox.session(default=False)
def public_projects(session: nox.Session) -> None:
    """Serve projects of others before and after asgi-upgrade serving; arguments are parts of names."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.public_projects", *session.posargs, env=PROOF)


@nox.session(default=False)
def instrumentation(session: nox.Session) -> None:
    """Watch requests with Sentry, OpenTelemetry, New Relic and Datadog; arguments go to pytest."""
    session.install("--group", "tests")
    session.run(
        "pytest", "-m", "not compose", "tests/template/test_instrumentation.py", *session.posargs
    )


@nox.session(default=False)
def claims(session: nox.Session) -> None:
    """Try on real servers what people say of Gunicorn and Uvicorn; arguments go to pytest."""
    session.install("--group", "claims")
    session.run("pytest", "proofs/claims", *session.posargs)


@nox.session(default=False)
def isolation(session: nox.Session) -> None:
    """Look whether a visitor ever sees another's data; it needs Docker or a DATABASE_URL."""
    session.install("--group", "isolation")
    session.run("python", "-m", "proofs.isolation", *session.posargs, env=PROOF)


@nox.session(default=False)
def tasks_bakeoff(session: nox.Session) -> None:
    """Kill the workers of task queues, and count what is lost; it needs Docker. See --help."""
    session.install("--group", "tasks_bakeoff")
    session.run("python", "-m", "proofs.tasks_bakeoff", *session.posargs, env=PROOF)


@nox.session(default=False)
def leak(session: nox.Session) -> None:
    """Look for what grows under 13,000 requests; it needs Docker or a DATABASE_URL."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.leaks", env=PROOF)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Compare how fast a project and its peers serve; --quick takes under three minutes."""
    session.install("--group", "bench")
    session.run("python", "-m", "benchmarks", *session.posargs, env=PROOF)


@nox.session(default=False)
def drain(session: nox.Session) -> None:
    """Stop the workers of a server under load in every way, and count what is lost."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.drain", env=PROOF)


@nox.session(default=False)
def faults(session: nox.Session) -> None:
    """Break what a production stack stands on; an argument is a part of a fault's name."""
    session.install("--group", "faults")
    session.run("python", "-m", "proofs.faults", *session.posargs, env=PROOF)


@nox.session(default=False)
def connections(session: nox.Session) -> None:
    """Open 10,000 connections to one worker, tell all something, and reload; it needs Docker."""
    session.install("--group", "tests", "psutil>=7.2")
    session.run("python", "-m", "proofs.connections", *session.posargs, env=PROOF)


@nox.session(default=False)
def drill(session: nox.Session) -> None:
    """Play a cluster of Kubernetes under load; an argument is a part of a scenario's name."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.drill", *session.posargs, env=PROOF)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Keep a production stack under load; --minutes tells how long."""
    session.install("--group", "faults", "--group", "bench")
    session.run("python", "-m", "proofs.soak", *session.posargs, env=PROOF)


@nox.session(default=False)
def swarm(session: nox.Session) -> None:
    """Update, break and drain a site on three nodes; an argument is a part of an event's name."""
    session.install("--group", "faults")
    session.run("python", "-m", "proofs.swarm", *session.posargs, env=PROOF)


@nox.session(default=False)
def reload(session: nox.Session) -> None:
    """Compare development servers, and write the table of their documentation."""
    session.install("--group", "tests")
    session.run("python", "-m", "proofs.reload", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session(default=False)
def variables(session: nox.Session) -> None:
    """Write .env.example and docs/environment.md of the template anew, after a new variable."""
    session.install("--group", "demo", "django>=6.1", "django-environ")
    session.run("python", "-m", "proofs.environment_documents", env=PROOF)


@nox.session(default=False)
def audit(session: nox.Session) -> None:
    """Look for mistakes in workflows, and for known vulnerabilities in what the tasks install."""
    session.install("pip-audit>=2.10", "--group", "tests", "--group", "lint")
    session.run("zizmor", "--offline", ".github")
    session.run("pip-audit", "--local", "--strict", "--progress-spinner", "off")


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation in docs/_build, with warnings as errors."""
    session.install("--group", "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "docs", "docs/_build")


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Make a project and serve it until Ctrl+C; with --check, until it has answered."""
    session.install("--group", "demo")
    session.run("python", "demo.py", *session.posargs, interrupt_timeout=30)
