"""The path of the home page."""

from django.urls import path

from {{ cookiecutter.project_slug }}.home.views import home

urlpatterns = [path("", home, name="home")]
