from django.contrib import admin

from .models import Product


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "price", "label"]

    @admin.display(description="Label")
    def label(self, obj):
        return f"{obj.name} for {obj.price}"
