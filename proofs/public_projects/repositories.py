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
