"""`python -m asgi_upgrade`."""

import sys

from asgi_upgrade.cli import main

if __name__ == "__main__":
    sys.exit(main())
