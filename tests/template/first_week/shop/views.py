import json
import logging

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import ListView

from .forms import ProductForm
from .models import Product

logger = logging.getLogger(__name__)


class ProductList(ListView):
    model = Product
    paginate_by = 20

    def get_queryset(self):
        return super().get_queryset().select_related("owner")


def detail(request, slug):
    product = get_object_or_404(Product, slug=slug)
    return render(request, "shop/product_detail.html", {"product": product})


@login_required
def add(request):
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        product = form.save(commit=False)
        product.owner = request.user
        product.save()
        logger.info(f"{request.user} added {product}")
        return redirect(product)
    return render(request, "shop/product_form.html", {"form": form})


def hook(request):
    try:
        data = json.loads(request.body)
    except ValueError:
        return HttpResponse("no JSON", status=400)
    if data.get("kind") == "ping":
        return JsonResponse({"answer": "pong"})
    else:
        return JsonResponse({"count": Product.objects.filter(price__lt=100).count()})
