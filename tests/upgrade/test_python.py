"""Python code."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.project import NEW, OLD, one

IMPORT = "from uvicorn.workers import UvicornWorker\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (IMPORT, "from uvicorn_worker import UvicornWorker\n"),
        (
            "from uvicorn.workers import UvicornWorker as Base, UvicornH11Worker\n",
            "from uvicorn_worker import UvicornWorker as Base, UvicornH11Worker\n",
        ),
        (
            "from  uvicorn.workers  import (  # the worker\n    UvicornWorker,\n)\n",
            "from  uvicorn_worker  import (  # the worker\n    UvicornWorker,\n)\n",
        ),
        (
            "def f():\n    from uvicorn.workers import UvicornWorker\n    return UvicornWorker\n",
            "def f():\n    from uvicorn_worker import UvicornWorker\n    return UvicornWorker\n",
        ),
        (
            "try:\n    import orjson\n    from uvicorn.workers import UvicornWorker\n"
            "except ImportError:\n    from uvicorn.workers import UvicornH11Worker\n",
            "try:\n    import orjson\n    from uvicorn_worker import UvicornWorker\n"
            "except ImportError:\n    from uvicorn_worker import UvicornH11Worker\n",
        ),
        (
            "from uvicorn_worker import UvicornWorker\nfrom uvicorn.workers import UvicornH11Worker\n",
            "from uvicorn_worker import UvicornWorker\nfrom uvicorn_worker import UvicornH11Worker\n",
        ),
        (
            "import uvicorn.workers\nW = uvicorn.workers.UvicornWorker\n",
            "import uvicorn_worker\nW = uvicorn_worker.UvicornWorker\n",
        ),
        (
            "import uvicorn.workers as w\nW = w.UvicornWorker\n",
            "import uvicorn_worker as w\nW = w.UvicornWorker\n",
        ),
        (
            "import os, uvicorn.workers\nW = uvicorn.workers.UvicornWorker\n",
            "import os, uvicorn_worker\nW = uvicorn_worker.UvicornWorker\n",
        ),
        (
            "if x:\n    import uvicorn.workers\nuvicorn.run(a)\nW = uvicorn.workers.UvicornWorker\n",
            "if x:\n    import uvicorn\n    import uvicorn_worker\nuvicorn.run(a)\n"
            "W = uvicorn_worker.UvicornWorker\n",
        ),
        (
            "import os, uvicorn.workers\nuvicorn.run(app)\n",
            "import os, uvicorn, uvicorn_worker\nuvicorn.run(app)\n",
        ),
        (
            "import uvicorn\nimport uvicorn.workers\nuvicorn.run(app)\n",
            "import uvicorn\nimport uvicorn_worker\nuvicorn.run(app)\n",
        ),
        (
            "import os\nfrom uvicorn import workers\ndef f(x): return workers.UvicornWorker\n",
            "import os\nimport uvicorn_worker\ndef f(x): return uvicorn_worker.UvicornWorker\n",
        ),
        (
            "from uvicorn import workers\nclass W(workers.UvicornWorker): ...\n",
            "import uvicorn_worker\nclass W(uvicorn_worker.UvicornWorker): ...\n",
        ),
        (
            "from uvicorn import workers as w\nclass W(w.UvicornWorker): ...\n",
            "import uvicorn_worker as w\nclass W(w.UvicornWorker): ...\n",
        ),
        (
            "from uvicorn import Config, workers\nC = Config\nW = workers.UvicornH11Worker\n",
            "from uvicorn import Config\nimport uvicorn_worker\nC = Config\n"
            "W = uvicorn_worker.UvicornH11Worker\n",
        ),
        (f'worker_class = "{OLD}"\n', 'worker_class = "uvicorn_worker.UvicornWorker"\n'),
        (
            f"worker_class = '{OLD}'  # fast",
            "worker_class = 'uvicorn_worker.UvicornWorker'  # fast",
        ),
        (
            f'o = {{"worker_class": "{OLD}"}}',
            'o = {"worker_class": "uvicorn_worker.UvicornWorker"}',
        ),
        (
            f'cfg.set("worker_class", "{OLD}")',
            'cfg.set("worker_class", "uvicorn_worker.UvicornWorker")',
        ),
        (
            f'w = os.getenv("WORKER_CLASS", "{OLD}")',
            'w = os.getenv("WORKER_CLASS", "uvicorn_worker.UvicornWorker")',
        ),
        (
            f'run(["gunicorn", "-k", "{OLD}"])',
            'run(["gunicorn", "-k", "uvicorn_worker.UvicornWorker"])',
        ),
        (f'run(["-k{OLD}"])', 'run(["-kuvicorn_worker.UvicornWorker"])'),
        (
            f'c = f"gunicorn {{app}} -k {OLD}"',
            'c = f"gunicorn {app} -k uvicorn_worker.UvicornWorker"',
        ),
        (
            f'assert "Using worker: {OLD}" in logs\n',
            'assert "Using worker: uvicorn_worker.UvicornWorker" in logs\n',
        ),
        (f'# worker_class = "{OLD}"\n', '# worker_class = "uvicorn_worker.UvicornWorker"\n'),
        (
            f'class W:\n    """Run by gunicorn -k {OLD}."""\n',
            'class W:\n    """Run by gunicorn -k uvicorn_worker.UvicornWorker."""\n',
        ),
        (
            "from uvicorn.workers import UvicornWorker\nclass W(UvicornWorker):\n"
            '    CONFIG_KWARGS = {"loop": "asyncio"}\nworker_class = "__config__.W"\n',
            "from uvicorn_worker import UvicornWorker\nclass W(UvicornWorker):\n"
            '    CONFIG_KWARGS = {"loop": "asyncio"}\nworker_class = "__config__.W"\n',
        ),
        (
            'é = "ü"; worker = "uvicorn.workers.UvicornWorker"',
            'é = "ü"; worker = "uvicorn_worker.UvicornWorker"',
        ),
        ("é = 1; import uvicorn.workers", "é = 1; import uvicorn_worker"),
        (
            "x = 1\r\n" + IMPORT.strip() + "\r\n",
            "x = 1\r\nfrom uvicorn_worker import UvicornWorker\r\n",
        ),
        (
            f"{{% if x %}}\nworker_class = '{OLD}'\n{{% endif %}}\n",
            "{% if x %}\nworker_class = 'uvicorn_worker.UvicornWorker'\n{% endif %}\n",
        ),
        (
            f'# On newer ones use worker_class = "{NEW}".\nworker_class = "{OLD}"\n',
            f'# On newer ones use worker_class = "{NEW}".\nworker_class = "{NEW}"\n',
        ),
        (
            f"assert '[2024-01-02 10:00:00 +0000] [1] [INFO] Using worker: {OLD}' in logs\n",
            f"assert '[2024-01-02 10:00:00 +0000] [1] [INFO] Using worker: {NEW}' in logs\n",
        ),
        (
            f'"""Run it:\n\n    python manage.py migrate && gunicorn -k {OLD}\n"""\n',
            f'"""Run it:\n\n    python manage.py migrate && gunicorn -k {NEW}\n"""\n',
        ),
        (
            f'SCRIPT = """#!/bin/sh\n# migrate, then serve\nexec gunicorn -k {OLD} app\n"""\n',
            f'SCRIPT = """#!/bin/sh\n# migrate, then serve\nexec gunicorn -k {NEW} app\n"""\n',
        ),
        (f'mock.patch("{OLD}.notify")\n', f'mock.patch("{NEW}.notify")\n'),
        (
            'run(["python", "-c", "from uvicorn.workers import UvicornWorker"])\n',
            'run(["python", "-c", "from uvicorn_worker import UvicornWorker"])\n',
        ),
        (
            "try:\n    from uvicorn.workers import UvicornWorker\nexcept ImportError:\n    print(1)\n",
            "try:\n    from uvicorn_worker import UvicornWorker\nexcept ImportError:\n    print(1)\n",
        ),
        *(
            (
                f"{before}\n{{% if x %}}\nimport y\n{{% endif %}}\n",
                f"{after}\n{{% if x %}}\nimport y\n{{% endif %}}\n",
            )
            for before, after in [
                (
                    "from uvicorn.workers import UvicornWorker as Base, UvicornH11Worker",
                    "from uvicorn_worker import UvicornWorker as Base, UvicornH11Worker",
                ),
                (
                    "from uvicorn.workers import (\n    UvicornWorker,\n)",
                    "from uvicorn_worker import (\n    UvicornWorker,\n)",
                ),
                (
                    "import uvicorn.workers\nclass W(uvicorn.workers.UvicornWorker): ...",
                    "import uvicorn_worker\nclass W(uvicorn_worker.UvicornWorker): ...",
                ),
            ]
        ),
        (f"print '{OLD}'\n", "print 'uvicorn_worker.UvicornWorker'\n"),
    ],
)
def test_changed(tmp_path: Path, before: str, after: str) -> None:
    """And a second run changes nothing."""
    assert one(tmp_path, "module.py", before) == (after, [])
    assert one(tmp_path, "module.py", after) == (after, [])


def test_script_is_known_by_its_first_line(tmp_path: Path) -> None:
    """And parsed, as its imports need it."""
    script = "#!/usr/bin/env python3\nimport {}\nuvicorn.run(a)\n"
    after = one(tmp_path, "serve", script.format("uvicorn.workers"))
    assert after == (script.format("uvicorn\nimport uvicorn_worker"), [])


def test_other_name_behind_an_import_is_left_in_a_template(tmp_path: Path) -> None:
    """The import is changed, which has no part in it."""
    text = "from {} import UvicornWorker\nw = 'uvicorn.workers.Other'\n{{% if x %}}\n"
    after, decisions = one(tmp_path, "module.py", text.format("uvicorn.workers"))
    assert (after, decisions) == (text.format("uvicorn_worker"), ["other-names"])


@pytest.mark.parametrize(
    ("content", "decisions"),
    [
        # Names that are not known.
        ("from uvicorn.workers import *\n", ["other-names"]),
        ("from uvicorn.workers import UvicornWorker, Other\n", ["other-names"]),
        ("import uvicorn.workers\ngetattr(uvicorn.workers, name)\n", ["other-names"]),
        ('w = f"uvicorn.workers.{name}"\n', ["other-names"]),
        ('w = "uvicorn.workers." + name\n', ["other-names"]),
        ('importlib.import_module("uvicorn.workers")\n', ["other-names"]),
        ('sys.modules["uvicorn.workers"] = fake\n', ["other-names"]),
        ('w = "uvicorn." "workers.UvicornWorker"\n', ["other-names"]),
        ('w = "-k\\tuvicorn.workers.UvicornWorker"\n', ["other-names"]),
        ("from uvicorn.workers import UvicornWorker, Other\n{% if x %}\n", ["other-names"]),
        ("from uvicorn.workers import UvicornWorkers\n{% if x %}\n", ["other-names"]),
        ("import uvicorn.workers\nuvicorn.run(app)\n{% if x %}\n", ["other-names"]),
        ("from uvicorn import Config, workers\n{% if x %}\n", ["imports"]),
        (
            "import uvicorn.workers\nuvicorn.workers.Other\n{% if x %}\n",
            ["other-names", "other-names"],
        ),
        ("from uvicorn import workers\nworkers.Other\n", ["other-names"]),
        ("from uvicorn import workers\nworkers.Other\nx.UvicornWorker\n", ["other-names"]),
        ("import uvicorn.workers as uw\nuw.Server()\n", ["other-names"]),
        ("import uvicorn.workers as uw\nuw.UvicornWorker\nprint(uw)\n", ["other-names"]),
        ("import uvicorn.workers as uw\nuw = 4\n", ["imports"]),
        # Imports that are written in an unusual way.
        ("from uvicorn import (\n    workers,\n)\nworkers.UvicornWorker\n", ["imports"]),
        ("from uvicorn import (workers)\nworkers.UvicornWorker\n", ["imports"]),
        ("from uvicorn import \\\n    workers\nworkers.UvicornWorker\n", ["imports"]),
        ("from uvicorn import workers as w\nw = 4\n", ["imports"]),
        ("from uvicorn import workers\nworkers = 4\n", ["imports"]),
        ("from uvicorn import workers\nfrom own import workers\n", ["imports"]),
        ("import uvicorn.workers\nW = uvicorn.workers.Other\n", ["other-names"]),
        ("from uvicorn import workers\ndef f(workers): ...\n", ["imports"]),
        ("from uvicorn . workers import UvicornWorker\n", ["imports"]),
        # A choice between both.
        (
            "try:\n    from uvicorn_worker import UvicornWorker\nexcept ImportError:\n"
            "    from uvicorn.workers import UvicornWorker\n",
            ["old-or-new"],
        ),
        (
            "if new:\n    import uvicorn_worker\nelse:\n    import uvicorn.workers\n",
            ["old-or-new"],
        ),
        (
            f'w = "uvicorn_worker.UvicornWorker" if new else "{OLD}"\n',
            ["old-or-new"],
        ),
        (f'NAMES = [\n    "{NEW}",\n    "{OLD}",\n]\n', ["old-or-new"]),
        (
            f'COMMAND = """\nif a; then gunicorn -k {NEW}\nelse gunicorn -k {OLD}; fi\n"""\n',
            ["old-or-new"],
        ),
        (f'COMMAND = "gunicorn -k {NEW} || gunicorn -k {OLD}"\n', ["old-or-new"]),
        # Other tools.
        ('names = [\n    "uvicorn.loops.auto",\n    "uvicorn.workers",\n]\n', ["hidden-imports"]),
        (
            'filter("ignore", module=r"uvicorn\\.workers", category=DeprecationWarning)\n',
            ["warning-filters"],
        ),
        ('warnings.filterwarnings("ignore", module="uvicorn.workers")\n', ["warning-filters"]),
        ('hiddenimports = ["uvicorn.workers"]\n', ["hidden-imports"]),
        # Nothing at all.
        ("# uvicorn.workers.UvicornWorker is deprecated, so we use our own\n", []),
        (f"# sync, gevent or {OLD}\nworker_class = '{NEW}'\n", []),
        ("# uvicorn.workers has two classes\n", []),
        ('class W:\n    """As uvicorn.workers has it."""\n', []),
        (
            f'class W:\n    """Ours.\n\n    The one of Uvicorn, {OLD}, is\n    deprecated.\n    """\n',
            [],
        ),
        (f'LOG = """\n[2024-01-02 10:00:00 +0000] Using worker: {OLD}\n"""\n', []),
        (f'warnings.warn("{OLD} is deprecated")\n', []),
        (f'MESSAGE = "take {NEW}, not {OLD}"\n', []),
        ('"""Use uvicorn-worker.\n\nInstead of uvicorn.workers.UvicornWorker.\n"""\n', []),
        ("from myuvicorn.workers import UvicornWorker\n", []),
        ("from .uvicorn.workers import UvicornWorker\n", []),
        ("from uvicorn import Config\n", []),
        ("from own import workers\nworkers.UvicornWorker\n", []),
        ("from uvicorn_worker import UvicornWorker\n", []),
        ("import config.uvicorn_worker\n", []),
        ("UVICORN_WORKERS = 4\n", []),
        ("graceful_uvicorn_worker = 1\n", []),
        ('w = "my.uvicorn.workers.UvicornWorker"\n', []),
        ("uvicorn.run(app, workers=4)\n", []),
        ("uvicorn_workers.UvicornWorker\n", []),
        ("", []),
    ],
)
def test_left(tmp_path: Path, content: str, decisions: list[str]) -> None:
    """To a person, or as it is."""
    assert one(tmp_path, "module.py", content) == (content, decisions)
