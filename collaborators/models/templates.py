from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Visitor
from collaborators.models.collaborations import managed_partners
from collaborators.models.requests import MESSAGE_LENGTH
from partners.models import Partner
from stores.permissions import STAFF_ONLY

LONGEST_DAYS = 5 * 365  # as the form of a request allows


class RequestTemplateQuerySet(models.QuerySet["RequestTemplate"]):
    def visible_to(self, user: Visitor) -> "RequestTemplateQuerySet":
        """Templates of partners whose stores the user manages."""
        return self.filter(partner__in=managed_partners(user)) if user.is_authenticated else self.none()


class RequestTemplate(models.Model):
    """What a partner asks for often, kept under a name of its own."""

    NAME_LENGTH = 60

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="request_templates")
    name = models.CharField(max_length=NAME_LENGTH)
    permissions = ArrayField(models.CharField(max_length=40))
    days = models.PositiveSmallIntegerField(null=True)  # how long access is asked for; None: open end
    message = models.TextField(max_length=MESSAGE_LENGTH, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    objects = RequestTemplateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("partner", Lower("name"), name="request_template_name_once_per_partner"),
            models.CheckConstraint(condition=~Q(permissions=[]), name="request_template_asks_for_something"),
            models.CheckConstraint(
                condition=~Q(permissions__overlap=sorted(STAFF_ONLY)), name="request_template_nothing_for_staff"
            ),
            models.CheckConstraint(
                condition=Q(days=None) | Q(days__range=(1, LONGEST_DAYS)), name="request_template_days"
            ),
        ]

    def __str__(self) -> str:
        return self.name
