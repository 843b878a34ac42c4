"""What a project lists of its environment variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

type Groups = Mapping[str, Sequence[Variable]]
"""All variables of a project, under the headings of its documentation."""


@dataclass(frozen=True)
class Variable:
    """One environment variable.

    name: as it stands in the environment.
    default: what holds while the variable is unset or empty; its type is the variable's.
    meaning: one sentence for the person who sets it, with the unit of a number.
    required: production refuses to start without it.
    secret: never shown in a message.
    choices: the only values; where they end in `://`, how a value may begin.
    extras: how a value begins, and the extra of the project that it needs; "" for every value.
    """

    name: str
    default: str | int | float | bool | list[str]
    meaning: str
    required: bool = False
    secret: bool = False
    choices: tuple[str, ...] = ()
    extras: Mapping[str, str] = field(default_factory=dict)

    @property
    def name_file(self) -> str:
        """The variable that may name a file with the value instead."""
        return f"{self.name}_FILE"

    @property
    def type(self) -> type:
        """`str`, `int`, `float`, `bool` or `list`, whose items are separated by commas."""
        return type(self.default)

    @property
    def example(self) -> str:
        """The default as a `.env` file spells it."""
        if isinstance(self.default, bool):
            return str(self.default).lower()
        if isinstance(self.default, list):
            return ",".join(self.default)
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default)
