"""The site as production serves it, at an address that browsers take for secure."""

import contextlib
import socket

from tests.serving.server import gunicorn, manage, production_environment


@contextlib.contextmanager
def secure_site(folder, *commands, **environment):
    """Serve the site, and give its address.

    folder: where its database and its log are; empty.
    commands: arguments of manage.py, run once the database is there.
    environment: variables besides those of production.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    env = production_environment(
        folder,
        ALLOWED_HOSTS="localhost,testserver",
        CSRF_TRUSTED_ORIGINS=f"http://localhost:{port}",
        GUNICORN_BIND=f"127.0.0.1:{port}",
        **environment,
    )
    for command in (("migrate", "--no-input"), ("collectstatic", "--no-input"), *commands):
        done = manage(*command, env=env)
        assert done.returncode == 0, done.stderr
    with gunicorn(folder, env):
        yield f"http://localhost:{port}"


def behind_a_proxy(page):
    """Let a page's requests come as if a proxy had ended HTTPS."""
    page.call("Network.setExtraHTTPHeaders", headers={"X-Forwarded-Proto": "https"})
