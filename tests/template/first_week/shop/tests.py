from django.contrib.auth import get_user_model
from django.test import TestCase
from django.urls import reverse

from .models import Product
from .tasks import raise_prices


class ProductTests(TestCase):
    def setUp(self):
        self.user = get_user_model().objects.create_user("ada@example.com", password="secret")
        self.product = Product.objects.create(name="Pen", slug="pen", price=2, owner=self.user)

    def test_pages(self):
        self.assertContains(self.client.get(reverse("shop:list")), "Pen")
        self.assertContains(self.client.get(self.product.get_absolute_url()), "Pen")

    def test_add(self):
        self.client.force_login(self.user)
        form = {"name": "Ink", "slug": "ink", "price": 5}
        response = self.client.post(reverse("shop:add"), form)
        self.assertRedirects(response, reverse("shop:detail", args=["ink"]))

    def test_prices_rise(self):
        raise_prices.enqueue(50)
        self.product.refresh_from_db()
        self.assertEqual(self.product.price, 3)
