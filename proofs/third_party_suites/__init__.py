"""The own tests of other people's packages, with a project's handler under them and with Django's."""
