"""Projects from public repositories, each at a commit."""

from __future__ import annotations

from typing import Final

from proofs.public_projects.project import Project

COLLECT: Final = ("python", "manage.py", "collectstatic", "--no-input", "--verbosity=0")

REPOSITORIES: Final = (
    Project(
        "encode/rest-framework-tutorial", "/users/",
        repository=("encode/rest-framework-tutorial", "efce73a9ccd9430616884a0910affc0dc4a6497c", "."),
        requires=("-r", "pyproject.toml"), prepare=(COLLECT,),
    ),
    Project(
        "heroku/python-getting-started", "/",
        repository=("heroku/python-getting-started", "f7c8d9929a782e90bc0bb9320f2cb43a3d62958d", "."),
        prepare=(COLLECT,),
    ),
    Project(
        "wsvincent/lithium", "/accounts/login/",
        repository=("wsvincent/lithium", "14c0374eaab52dc49898229ffe9a3e8f0e0e51c2", "."),
        prepare=(COLLECT,),
    ),
    Project(
        "wagtail/bakerydemo", "/admin/login/",
        repository=("wagtail/bakerydemo", "8e2b625755d8942412d5b7627b146a795933b8b2", "."),
        requires=("-r", "requirements/base.txt"),
    ),
    Project(
        "healthchecks/healthchecks", "/accounts/login/",
        repository=("healthchecks/healthchecks", "29b5ec251059034b79e0120e2ff0c3e35d7bd9f8", "."),
        tests=("python", "manage.py", "test", "--no-input", "hc.accounts"),
    ),
    Project(
        "django-oscar/django-oscar, sandbox", "/en-gb/catalogue/",
        repository=("django-oscar/django-oscar", "cdbfc4412c87dd9037d62b04755780b76490373c", "."),
        requires=("-e", ".[test]"), manage="sandbox",
        prepare=(("python", "manage.py", "loaddata", "fixtures/child_products.json"), COLLECT),
    ),
    Project(
        "vitalik/django-ninja, demo", "/api/events",
        repository=("vitalik/django-ninja", "d524516f9ec4ec3aa6ca73db87d3238663c10f7f", "tests/demo_project"),
        files={"requirements.txt": "django==6.0.*\ndjango-ninja==1.6.*\n"},
        prepare=(("python", "manage.py", "migrate", "--run-syncdb", "--verbosity=0"),),
    ),
    Project(
        "babybuddy/babybuddy", "/",
        repository=("babybuddy/babybuddy", "fa8bf4cd66ed149e23c215763a49a2f76dbcd2b7", "."),
        refused="python",
    ),
    Project(
        "bugsink/bugsink", "/",
        repository=("bugsink/bugsink", "5b09ae574ffff4d71717867b6b46e8b6af9a3cd8", "."),
        refused="wsgi-module",
    ),
    Project(
        "netbox-community/netbox", "/",
        repository=("netbox-community/netbox", "43fe81f9e833228c9869f7ddadb67e6c5f145060", "."),
        refused="installed-apps",
    ),
    Project(
        "pennlabs/penn-clubs", "/",
        repository=("pennlabs/penn-clubs", "a198c49060a48ebc790ed54de7546b65ed054278", "backend"),
        refused="lifespan",
    ),
)  # fmt: skip
