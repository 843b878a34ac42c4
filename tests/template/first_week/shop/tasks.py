from django.tasks import task

from .models import Product


@task
def raise_prices(percent):
    for product in Product.objects.all():
        product.price += product.price * percent / 100
        product.save()
