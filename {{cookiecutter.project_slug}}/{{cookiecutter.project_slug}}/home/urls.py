"""The paths of the home page, and of what browsers ask for by themselves."""

from django.urls import path

from {{ cookiecutter.project_slug }}.home.views import favicon, home

urlpatterns = [path("", home, name="home"), path("favicon.ico", favicon)]
