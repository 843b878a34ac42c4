"""A new application: `manage.py startapp blog`."""

from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.core.management.base import CommandError
from django.core.management.commands import startapp

from config.variables import BASE_DIR

PACKAGE: Final = BASE_DIR / "{{ cookiecutter.project_slug }}"
TEMPLATE: Final = PACKAGE / "home" / "app_template"

NEXT: Final = """\
{folder} is ready. Three steps to its page:

1. Add this line to INSTALLED_APPS in config/settings/base.py:

    "{module}",

2. Add this line to urlpatterns in config/urls.py:

    path("{name}/", include("{module}.urls")),

3. Make its table:

    python manage.py makemigrations {name}
    python manage.py migrate
"""


class Command(startapp.Command):
    """Django's own, with a folder in this project, and a page to start from."""

    def handle(self, **options: Any) -> None:  # type: ignore[override]  # as Django's own
        """Make the application. `--template` and a folder are what they are to Django."""
        name = options["name"]
        folder = Path(options["directory"] or PACKAGE / name).expanduser().resolve()
        if name in {app.label for app in apps.get_app_configs()}:
            raise CommandError(f"There is an application {name!r} already: choose another name.")
        if folder.exists() and not options["directory"]:
            raise CommandError(f"There is a folder {folder} already: choose another name.")
        inside = folder.is_relative_to(BASE_DIR)
        place = folder.relative_to(BASE_DIR) if inside else Path(name)
        module = ".".join(place.parts)
        options |= {"directory": str(folder), "app_module": module}
        options["template"] = options["template"] or str(TEMPLATE)
        super().handle(**options)
        if (folder / "urls.py").exists():
            self.stdout.write(NEXT.format(folder=place, module=module, name=name))
