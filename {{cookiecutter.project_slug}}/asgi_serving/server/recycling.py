"""How a worker that has answered `max_requests` is replaced: by one that serves already.

Gunicorn starts a new worker only when the old one has ended, and an ending worker accepts nothing:
where there is one worker, nobody does until a long request is over and the new worker has loaded
the project. Here the worker asks its master for one more (SIGTTIN), and when that has started, for
one less (SIGTTOU), which is the oldest.
"""

import os
import signal

from asgi_serving.server.siblings import Siblings, is_alive


def ask_for_replacement(siblings: Siblings, master: int) -> None:
    """Take the next step towards a replacement of this process; called again and again.

    One worker at a time. Who takes the turn sees at the next call whether another has taken it at
    the same moment.
    """
    if siblings.turn != os.getpid():
        if not siblings.turn or not is_alive(siblings.turn):
            siblings.turn = os.getpid()
    elif not siblings.owed:
        siblings.asked_after = siblings.newest
        siblings.owed = 1
        os.kill(master, signal.SIGTTIN)


def settle(siblings: Siblings, master: int, age: int) -> None:
    """Ask the master for one worker less, if the newest one has started because of us.

    The newest does it: the one that asked may have been killed meanwhile, or stopped by an
    operator, and the master would keep a worker too many for good. If another worker is the oldest,
    that one goes, and the one whose turn it is asks once more.
    """
    if siblings.owed and age == siblings.newest > siblings.asked_after:
        siblings.owed = 0
        os.kill(master, signal.SIGTTOU)


def give_up_turn(siblings: Siblings) -> None:
    """Let others have the turn, when this worker ends."""
    if siblings.turn == os.getpid():
        siblings.turn = 0
