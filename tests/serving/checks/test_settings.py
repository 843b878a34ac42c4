"""The entries of `ASGI_SERVING`."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from asgi_serving.asgi import get_handler
from asgi_serving.checks.settings import check_entries
from asgi_serving.settings import ServingSettings, serving_settings
from tests.serving.checks.conftest import ids

WRONG = [
    ({"LANES": "many"}, "ASGI_SERVING['LANES'] must be a whole number, 0 or more, not 'many'"),
    ({"LANES": -1}, "ASGI_SERVING['LANES'] must be a whole number, 0 or more, not -1"),
    ({"LANES": True}, "ASGI_SERVING['LANES'] must be a whole number, 0 or more, not True"),
    ({"LANES": 2.5}, "ASGI_SERVING['LANES'] must be a whole number, 0 or more, not 2.5"),
    ({"LANES_WAIT": float("nan")}, "ASGI_SERVING['LANES_WAIT'] must be a number, 0 or more"),
    ({"LANES_REUSE": "no"}, "ASGI_SERVING['LANES_REUSE'] must be True or False, not 'no'"),
    ({"WEBSOCKET_ROUTES": None}, "ASGI_SERVING['WEBSOCKET_ROUTES'] must be a string"),
    (["LANES"], "ASGI_SERVING must be a dict, not ['LANES']"),
]


@pytest.mark.parametrize(("value", "line"), WRONG)
def test_wrong_entry_is_one_line_before_the_first_request(
    settings: Settings, value: Any, line: str
) -> None:
    settings.ASGI_SERVING = value
    [message] = check_entries(None)
    assert ids([message]) == ["E015"]
    assert message.msg.startswith(line)
    with pytest.raises(ImproperlyConfigured) as refusal:
        get_handler()
    assert str(refusal.value).startswith(line)
    assert serving_settings() == ServingSettings()


@pytest.mark.parametrize(
    "value", [{}, {"LANES": 0}, {"LANES_WAIT": 0.5}, {"LANES_WAIT": 5, "LANES_REUSE": False}]
)
def test_right_entries_are_used(settings: Settings, value: dict[str, Any]) -> None:
    settings.ASGI_SERVING = value
    assert ids(check_entries(None)) == []
    used = serving_settings()
    assert {name: getattr(used, name.lower()) for name in value} == value


def test_nothing_need_be_set(settings: Settings) -> None:
    del settings.ASGI_SERVING
    assert ids(check_entries(None)) == []
    assert serving_settings() == ServingSettings()


@pytest.mark.parametrize(("name", "near"), [("LANE", "'LANES'"), ("COLOUR", "Take it out")])
def test_unknown_entry_is_told(settings: Settings, name: str, near: str) -> None:
    settings.ASGI_SERVING = {name: 10}
    [message] = check_entries(None)
    assert ids([message]) == ["W023"]
    assert near in str(message.hint)
