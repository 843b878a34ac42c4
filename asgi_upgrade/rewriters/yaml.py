"""YAML files: Compose, workflows, Kubernetes, Ansible; a template is read as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import yaml

from asgi_upgrade.model import renamed
from asgi_upgrade.rewriters.plain_text import PlainText


class Yaml(PlainText):
    """Edits exact names, and reads the file again."""

    def handles(self, path: PurePosixPath, text: str) -> bool:
        """Take `.yaml` and `.yml`."""
        return path.suffix in {".yaml", ".yml"}

    def meaning(self, text: str) -> object:
        """Return tags and scalars in their order, of all documents. Raises ValueError."""
        try:
            return [
                list(_scalars(node)) for node in yaml.compose_all(text, yaml.SafeLoader) if node
            ]
        except (yaml.YAMLError, RecursionError) as error:
            raise ValueError(str(error)) from error


def _scalars(node: yaml.Node) -> Iterator[tuple[str, str]]:
    """Yield each node's tag, and the value of a scalar; anchors are followed once."""
    waiting, seen = [node], set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, yaml.ScalarNode):
            yield each.tag, renamed(each.value)
            continue
        yield each.tag, ""
        for child in reversed(each.value):
            waiting.extend(reversed(child) if isinstance(child, tuple) else (child,))
