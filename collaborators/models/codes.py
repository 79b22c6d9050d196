from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collaborators import codes
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
    """A collaborator request code of a store, closed with a key that is not in the database (`collaborators.codes`).
    The one without an end is today's."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="request_codes")
    sealed = models.CharField(max_length=200, null=True)  # null: written before there was a key
    plain = models.CharField(max_length=4, blank=True, default="", db_default="", db_column="digits")  # until sealed
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], condition=Q(ended_at=None), name="request_code_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(plain="", sealed__isnull=False) | Q(plain__regex=r"^[0-9]{4}$", sealed=None),
                name="request_code_sealed",
            ),
        ]

    def __str__(self) -> str:
        return f"code of {self.store}"  # never the digits: this ends up in logs

    @property
    def digits(self) -> str:
        """Opened when somebody asks, and nowhere kept. "" if its key is lost: then it is nobody's code."""
        if self.sealed is None:
            return self.plain
        try:
            return codes.unseal(self.sealed)
        except codes.Unreadable:
            return ""

    @digits.setter
    def digits(self, digits: str) -> None:
        self.sealed, self.plain = codes.seal(digits), ""
