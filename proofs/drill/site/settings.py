"""The project's production settings, with the page of the load."""

from config.settings.production import *

ROOT_URLCONF = "drill_site.urls"
