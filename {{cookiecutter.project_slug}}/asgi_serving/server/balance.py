"""How connections are spread over the workers: a worker leaves them to those that have fewer.

All workers accept from one queue of the system, and one that is awake takes whatever waits there.
A client that keeps its connections, as a proxy does, opens them at once: one worker would have them
all, and with them all requests, while the others have nothing to do.

Connections are what is compared here; those that tell nothing of requests to come are left out by who
counts them.
"""

from typing import Final

from asgi_serving.server.siblings import Siblings

SHARE: Final = 4
"""A worker accepts until it has a quarter more than the one with the fewest connections."""

NONE_WANTED: Final = 1 << 62
"""What a worker that accepts nothing more tells as the number of its connections."""


class Balance:
    """What a worker tells of its connections, and knows of those of the others."""

    def __init__(self, siblings: Siblings, age: int) -> None:
        """Take the worker's number, by which it is known to the others."""
        self.siblings = siblings
        self.age = age
        self.others: list[int] = []
        self._absent: dict[int, int] = {}

    def tell(self, connections: int) -> None:
        """Tell the others how many connections this worker has, and that it looks for new ones."""
        self.siblings.tell_connections(self.age, connections)

    def leave(self) -> None:
        """Tell the others that this worker accepts nothing more."""
        self.tell(NONE_WANTED)

    def look(self) -> None:
        """See which other workers serve."""
        self.others = self.siblings.ages_of_serving(but=self.age)
        self._absent = {age: told for age, told in self._absent.items() if age in self.others}

    def may_accept(self, connections: int) -> bool:
        """Tell whether it is this worker's turn to accept, as it has so many connections."""
        fewest = min(self._connections_of_others(), default=connections)
        return connections <= fewest + fewest // SHARE

    def do_without_them(self) -> None:
        """Count no more on those that leave a connection waiting, until they tell something."""
        for age in self.others:
            self._absent[age] = self.siblings.connections_of(age).told

    def _connections_of_others(self) -> list[int]:
        return [
            connections
            for age in self.others
            for connections, told in [self.siblings.connections_of(age)]
            if told != self._absent.get(age)
        ]
