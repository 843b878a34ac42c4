"""While developing, the log names what the policy has blocked."""

import pytest
from tests.browser import chromium

from tests.serving.development import Project, runserver

REPORT_ONLY = "SECURE_CSP_REPORT_ONLY, SECURE_CSP = SECURE_CSP, {}"


@pytest.mark.parametrize("settings", ["", REPORT_ONLY], ids=["blocked", "only reported"])
def test_log_names_what_the_policy_blocks(tmp_path, settings):
    """An inline script, by directive, page and what it was."""
    project = Project(tmp_path)
    (project.templates / "live.html").write_text("<title>Live</title><script>1</script>")
    with (
        project.appended("config/settings/base.py", settings),
        runserver(project) as server,
        chromium.page(tmp_path / "profile") as tab,
    ):
        page = server.client.base_url.join("/template")
        assert tab.open(str(page)) == "Live"
        line = f"script-src-elem of {page} blocks inline, see SECURE_CSP"
        server.wait_for(lambda: line in server.written())
        assert server.client.post("/__policy__/", content=b"[]").status_code == 400
