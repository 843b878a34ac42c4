"""What the packages guard or write down."""

from auditlog.registry import auditlog
from django.conf import settings
from django.db import models
from django_multitenant import views
from django_multitenant.models import TenantModel
from simple_history.models import HistoricalRecords


class Account(TenantModel):
    """A tenant."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    class TenantMeta:
        """Which row a row belongs to."""

        tenant_field_name = "id"


class Invoice(TenantModel):
    """What no other tenant may see."""

    account = models.ForeignKey(Account, models.CASCADE)
    number = models.CharField(max_length=99)

    class TenantMeta:
        """Which account a row belongs to."""

        tenant_field_name = "account_id"


class Page(models.Model):
    """What django-simple-history keeps the history of."""

    title = models.CharField(max_length=99)
    history = HistoricalRecords()


class Note(models.Model):
    """What django-auditlog logs the changes of."""

    text = models.CharField(max_length=99)


auditlog.register(Note)


def account_of(request):
    """Return the tenant of a request."""
    return Account.objects.filter(owner=request.user).first()


views.get_tenant = account_of
