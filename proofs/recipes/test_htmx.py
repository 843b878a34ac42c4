"""htmx under the site's policy, and the page without it."""

import re

from tests.recipes.visiting import STRICT, policy_of, send

PART = {"HX-Request": "true"}


def test_page_and_part_have_one_address(visitor):
    """A cache tells them apart, and the policy of both is the site's."""
    page = visitor.get("/blog/")
    part = visitor.get("/blog/", headers=PART)
    assert "<h1>" in page.text
    assert "<h1>" not in part.text
    assert 'id="entries"' in part.text
    for answer in (page, part):
        assert "HX-Request" in answer.headers["vary"]
        assert policy_of(answer) == STRICT


def test_scripts_are_served_by_the_site(visitor):
    """Under names that may be cached for ever."""
    sources = re.findall(r'<script src="([^"]+)"', visitor.get("/blog/").text)
    assert len(sources) == 2
    for source in sources:
        answer = visitor.get(source)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_form_works_without_javascript(visitor):
    """And is refused without its secret."""
    assert visitor.post("/blog/", data={"title": "Forged"}).status_code == 403
    answer = send(visitor, visitor.get("/blog/"), title="By hand")
    assert (answer.status_code, answer.headers["location"]) == (302, "/blog/")
    page = visitor.get("/blog/").text
    assert "<li>By hand</li>" in page
    assert "Forged" not in page


def test_part_is_replaced_in_the_page(site, tab):
    """The page stays, and nothing in it is refused."""
    tab.open(f"{site}/blog/")
    tab.run("window.stays = true")
    tab.fill(title="In place")
    assert tab.run("document.querySelector('#entries li').textContent") == "In place"
    assert tab.run("document.querySelector('[name=title]').value") == ""
    assert tab.run("window.stays")
    assert tab.complaints == []


def test_failure_is_told(site, tab):
    """By the listener that is not in an attribute."""
    tab.open(f"{site}/blog/")
    assert tab.run("document.querySelector('#failed').hidden")
    tab.run("document.querySelector('[name=csrfmiddlewaretoken]').value = 'forged'")
    tab.fill(title="Forged")
    assert not tab.run("document.querySelector('#failed').hidden")
