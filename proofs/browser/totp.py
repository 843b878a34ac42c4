"""An authenticator app."""

import base64
import hmac
import struct
import time


def code_of(secret):
    """Return what an authenticator app shows now: https://www.rfc-editor.org/rfc/rfc6238."""
    moment = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), moment, "sha1")
    [number] = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
