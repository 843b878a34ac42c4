"""The page of the API in Chromium: it is complete, and asks in the name of whoever has logged in."""

import socket

import pytest
from tests.api.site import served
from tests.browser import chromium

OPEN_AND_SEND = """
(async () => {
  const wait = async (what) => {
    const end = Date.now() + 30000;
    for (;;) {
      const found = document.querySelector(what);
      if (found) return found;
      if (Date.now() > end) throw new Error(`there is no ${what}`);
      await new Promise((done) => requestAnimationFrame(done));
    }
  };
  const operation = "#operations-me-show_me";
  (await wait(`${operation} .opblock-summary-control`)).click();
  (await wait(`${operation} .try-out__btn`)).click();
  (await wait(`${operation} .execute`)).click();
  const answer = await wait(`${operation} .live-responses-table tbody`);
  return answer.textContent;
})()
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Serve at an address that browsers take for secure."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with served(
        tmp_path_factory.mktemp("page"),
        ALLOWED_HOSTS="localhost,testserver",
        GUNICORN_BIND=f"127.0.0.1:{port}",
    ) as running:
        yield running


def test_page_of_the_api_works_and_keeps_to_the_policy(site, tmp_path):
    """The description is shown, and an operation answers."""
    url = f"http://localhost:{site.server.port}"
    with chromium.page(tmp_path / "profile") as page:
        page.call("Network.setExtraHTTPHeaders", headers={"X-Forwarded-Proto": "https"})
        page.call(
            "Network.setCookie", name="__Host-sessionid", value=site.session, url=f"{url}/",
            secure=True, path="/",
        )  # fmt: skip
        assert page.open(f"{url}/api/docs") == "API of My Project"
        answer = page.call(
            "Runtime.evaluate", expression=OPEN_AND_SEND, awaitPromise=True, returnByValue=True
        )["result"]["value"]
        assert answer.startswith("200")
        assert "ada@example.com" in answer
        shown = page.run("document.body.innerText")
        for operation in ("list_tokens", "create_token", "revoke_token"):
            assert page.run(f"!!document.querySelector('#operations-tokens-{operation}')"), shown
        assert page.complaints == []
