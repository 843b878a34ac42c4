"""A runner for `manage.py test`, whose tests ask through what production runs."""

from typing import Any, override

from django.test import runner

from asgi_serving.testing.clients import use_in_test_cases


class ParallelTestSuite(runner.ParallelTestSuite):
    """Gives the clients to test cases in each process."""

    def process_setup(*arguments: Any) -> None:  # Django calls it without an object
        """Begin a process that is not a copy of the one which began the tests."""
        use_in_test_cases()


class DiscoverRunner(runner.DiscoverRunner):
    """`django.test.runner.DiscoverRunner`; the clients of test cases run requests as in production."""

    parallel_test_suite = ParallelTestSuite

    @override
    def setup_test_environment(self, **kwargs: Any) -> None:
        super().setup_test_environment(**kwargs)
        use_in_test_cases()
