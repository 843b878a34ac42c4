"""What a check can find: once for each kind, in words for people."""

from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Error, Info
from django.core.checks import Warning as Caution

LEVELS = {"E": Error, "W": Caution, "I": Info}


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
