"""What a check can find: once for each kind, in words for people."""

from dataclasses import dataclass
from typing import Any, Final

from django.core.checks import CheckMessage, Error, Info
from django.core.checks import Warning as Caution

LEVELS = {"E": Error, "W": Caution, "I": Info}

RETIRED: Final = {
    "asgi_serving.E001": "asgi_serving.W025",
    "asgi_serving.E006": "asgi_serving.W027",
    "asgi_serving.E009": "asgi_serving.W028",
    "asgi_serving.E010": "asgi_serving.W029",
    "asgi_serving.E011": "asgi_serving.W030",
    "asgi_serving.E012": "asgi_serving.W031",
    "asgi_serving.E013": "asgi_serving.W032",
    "asgi_serving.E014": "asgi_serving.W033",
}
"""Ids that are used no more, and what is found in their place: errors that stopped what works."""


@dataclass(frozen=True)
class Finding:
    """A kind of mistake.

    id: `asgi_serving.` and E, W or I with a number: error, warning or information.
    problem: what is wrong and what will happen; facts in braces.
    hint: what to type, with the same facts.
    example: what leads to it.
    shown_by: the experiment or the document behind it.
    when: the option of `manage.py check` without which nobody looks for it, empty for none.
    """

    id: str
    problem: str
    hint: str
    example: str
    shown_by: str
    when: str = ""

    def message(self, **facts: Any) -> CheckMessage:
        """Return Django's message, with these facts in it."""
        return LEVELS[self.id.partition(".")[2][0]](
            self.problem.format(**facts), hint=self.hint.format(**facts), id=self.id
        )
