"""What a command prints for a machine, and the schema that describes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from jsonschema import Draft202012Validator

from upgrade.test_cli import ROOT, run


class JsonReport(NamedTuple):
    """That of a command; schema_file: below the package, page: of the documentation, that shows it."""

    command: str
    schema_file: str
    page: str

    @property
    def schema_text(self) -> str:
        """The file as it is."""
        return (ROOT / "asgi_upgrade" / self.schema_file).read_text("utf-8")

    @property
    def schema(self) -> Any:
        """What the file says."""
        return json.loads(self.schema_text)

    def validate(self, content: Any) -> None:
        """Raise ValidationError where something is missing, or is there that is not described."""
        Draft202012Validator(without_other_keys(self.schema)).validate(content)

    def told(self, *arguments: str | Path, code: int = 0) -> Any:
        """Run the command, and return what it printed, once that is valid."""
        done = run(self.command, "--json", *arguments)
        assert done.returncode == code, done.stderr
        content = json.loads(done.stdout)
        self.validate(content)
        return content


WORKER: Final = JsonReport("worker", "report.schema.json", "upgrade.md")
SERVING: Final = JsonReport("serving", "serving/report.schema.json", "serving-upgrade.md")


def without_other_keys(schema: Any) -> Any:
    """Return a schema that knows no keys but its own: what is printed has to be described."""
    if isinstance(schema, list):
        return [without_other_keys(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: without_other_keys(value) for key, value in schema.items()}
    return closed | ({"additionalProperties": False} if closed.get("type") == "object" else {})
