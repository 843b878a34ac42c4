"""Changes of a project's own code that a version of the template asks for, one file for each."""

from __future__ import annotations

from asgi_upgrade.template.codemods import to_0_2_0
from asgi_upgrade.template.codemods.codemod import Codemod

CODEMODS: tuple[Codemod, ...] = (to_0_2_0.CODEMOD,)
"""In the order of their versions."""
