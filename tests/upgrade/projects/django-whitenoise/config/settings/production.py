from .base import *

ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")
