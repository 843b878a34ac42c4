"""A project of others: where it comes from, and what it needs to be served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Project(NamedTuple):
    """A project that is served by a wsgi.py.

    name: what the table calls it. page: what is asked for.

    Where it comes from is one of three. make: the command that makes it in an empty folder. source: a
    package, its version, and a folder of its source distribution. repository: owner and name, a
    commit, and a folder of it.

    packages: what it is made with, and runs by. requires: what pip takes besides, in its folder, such
    as `-r requirements.txt`, which is the default where it has that file. manage: the folder of
    manage.py. files: what is written besides, such as a requirements file where the authors have none.
    variables: its environment. database: variables by which it finds PostgreSQL, made of {url}, {host},
    {port}, {user}, {password} and {name}. prepare: commands that its documentation has before the
    first start, below the folder of manage.py, once the database has its tables. tests: the command of its own tests, or of a part of
    them. refused: the topic for which nothing can be written, where that is so.
    """

    name: str
    page: str
    packages: tuple[str, ...] = ()
    make: tuple[str, ...] = ()
    source: tuple[str, str, str] = ("", "", "")
    repository: tuple[str, str, str] = ("", "", "")
    requires: tuple[str, ...] = ()
    manage: str = "."
    files: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}
    database: Mapping[str, str] = {}
    prepare: tuple[tuple[str, ...], ...] = ()
    tests: tuple[str, ...] = ("python", "manage.py", "test", "--no-input")
    refused: str = ""
