from django.urls import path

from . import views

app_name = "shop"
urlpatterns = [
    path("", views.ProductList.as_view(), name="list"),
    path("add/", views.add, name="add"),
    path("hook/", views.hook, name="hook"),
    path("<slug:slug>/", views.detail, name="detail"),
]
