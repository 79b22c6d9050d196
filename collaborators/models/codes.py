from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.models import Store


class RequestPolicy(models.Model):
    """Who may ask to enter a store."""

    class Rule(models.TextChoices):
        CODE = "code", _("Only with the code")
        ANYONE = "anyone", _("Anyone")
        NOBODY = "nobody", _("Nobody")

    store = models.OneToOneField(Store, primary_key=True, on_delete=models.CASCADE, related_name="request_policy")
    rule = models.CharField(max_length=10, choices=Rule, default=Rule.CODE)

    class Meta:
        verbose_name_plural = "request policies"

    def __str__(self) -> str:
        return f"{self.store}: {self.rule}"


class RequestCode(models.Model):
    """A collaborator request code of a store. The one without an end is today's."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="request_codes")
    digits = models.CharField(max_length=4)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], condition=Q(ended_at=None), name="request_code_one_at_a_time"),
            models.CheckConstraint(condition=Q(digits__regex=r"^[0-9]{4}$"), name="request_code_four_digits"),
        ]

    def __str__(self) -> str:
        return f"code of {self.store}"  # never the digits: this ends up in logs
