"""A machine that is reached by SSH: this one, by a server of the test's own."""

from __future__ import annotations

import contextlib
import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from stacks import DEADLINE, free_port


@dataclass(frozen=True)
class Machine:
    """Where it is, the key that opens it, and the key by which it is known."""

    target: str
    key: str
    host_key: str


@contextlib.contextmanager
def started_ssh_server(folder: Path, **environment: str) -> Iterator[Machine]:
    """Start an SSH server for the user who runs the tests, and stop it at the end.

    environment: what its sessions have besides.
    """
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin")
    if not sshd:
        pytest.skip("there is no SSH server here: apt-get install openssh-server")
    for name in ("host", "client"):
        key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(key, check=True)
    port = free_port()
    variables = " ".join(f"{name}={value}" for name, value in environment.items())
    (folder / "sshd_config").write_text(
        f"HostKey {folder}/host\nAuthorizedKeysFile {folder}/client.pub\nPidFile none\n"
        f"ListenAddress 127.0.0.1:{port}\nStrictModes no\nSetEnv {variables}\n"
    )
    if getpass.getuser() == "root":
        Path("/run/sshd").mkdir(exist_ok=True)  # the server insists on it
    command = [sshd, "-D", "-e", "-f", str(folder / "sshd_config")]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log) as server:
        try:
            deadline = time.monotonic() + DEADLINE
            while not _answers(int(port)):
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield Machine(
                target=f"ssh://{getpass.getuser()}@127.0.0.1:{port}",
                key=(folder / "client").read_text(),
                host_key=f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}",
            )
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False
