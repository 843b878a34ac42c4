from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.shortcuts import render


def home(request):
    return render(request, 'home.html', {'people': get_user_model().objects.count()})


def health(request):
    return HttpResponse('ok')
