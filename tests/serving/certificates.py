"""A certificate by which a server on this machine proves who it is."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest


class Certificate(NamedTuple):
    """The files of a certificate for localhost and 127.0.0.1, which is its own authority."""

    key: Path
    certificate: Path


def make_certificate(folder: Path) -> Certificate:
    """Make one in a folder; the test is skipped where OpenSSL's command is missing."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate")
    made = Certificate(folder / "key.pem", folder / "certificate.pem")
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(made.key), "-out", str(made.certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return made
