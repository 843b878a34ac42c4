"""Pages in two languages, under the site's policy."""

import asyncio
import re

import httpx
import pytest
from tests.recipes.visiting import STRICT, policy_of

from tests.serving.server import DEADLINE

WORDS = {"en": "Welcome. Please look around.", "de": "Willkommen. Sehen Sie sich um."}
LOG_IN = {"en": "Sign In", "de": "Anmeldung"}


@pytest.mark.parametrize("code", WORDS)
def test_browser_is_led_to_its_language(visitor, code):
    """A cache is told by what."""
    answer = visitor.get("/", headers={"Accept-Language": f"{code};q=0.9, fr;q=0.1"})
    assert (answer.status_code, answer.headers["location"]) == (302, f"/{code}/")
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].split(", "))
    other = visitor.get("/", headers={"Accept-Language": "fr"})
    assert other.headers["location"] == "/en/"


@pytest.mark.parametrize("code", WORDS)
def test_page_is_in_the_language_of_its_address(visitor, code):
    """Whatever the browser asks for."""
    page = visitor.get(f"/{code}/", headers={"Accept-Language": "en, de"})
    assert f'<html lang="{code}">' in page.text
    assert WORDS[code] in page.text
    assert page.headers["content-language"] == code
    assert "Accept-Language" not in page.headers["vary"]
    assert policy_of(page) == STRICT


@pytest.mark.parametrize("code", WORDS)
def test_other_paths_go_by_the_browser(visitor, code):
    """And have what comes translated with the packages."""
    page = visitor.get("/accounts/login/", headers={"Accept-Language": code})
    assert re.search(rf"<h1>\s*{LOG_IN[code]}", page.text)
    assert visitor.get("/favicon.ico", follow_redirects=True).status_code == 200


async def test_languages_do_not_mix(site):
    """Many at a time, on few threads and one event loop."""
    headers = {"X-Forwarded-Proto": "https"}
    async with httpx.AsyncClient(
        base_url=site, headers=headers, timeout=DEADLINE, trust_env=False
    ) as client:
        for path, words in (("/{}/", WORDS), ("/accounts/login/", LOG_IN)):
            asked = list(words) * 50
            pages = await asyncio.gather(
                *(
                    client.get(path.format(code), headers={"Accept-Language": code})
                    for code in asked
                )
            )
            for code, page in zip(asked, pages, strict=True):
                assert words[code] in page.text


def test_switch_leads_to_the_same_page(site, tab):
    """And is remembered where the address has no language."""
    tab.open(f"{site}/en/")
    tab.click("[name=language][value=de]")
    assert tab.run("location.pathname") == "/de/"
    assert tab.run("document.documentElement.lang") == "de"
    tab.open(f"{site}/accounts/login/")
    assert LOG_IN["de"] in tab.run("document.querySelector('h1').textContent")
    tab.open(site)
    assert tab.run("location.pathname") == "/de/"
    assert tab.complaints == []
