from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils import timezone

from accounts.models import Visitor
from partners.models import Partner
from stores.models import Store


class PartnerBlockQuerySet(models.QuerySet["PartnerBlock"]):
    def visible_to(self, user: Visitor) -> "PartnerBlockQuerySet":
        """Blocks of the stores whose users the user manages. The partner is never told."""
        return self.filter(store__in=Store.objects.where_user_may(user, "users.manage").values("pk"))


def block_key() -> models.Subquery:
    """For rows with a store and a partner: the `public_id` of the block between them, if there is one."""
    blocks = PartnerBlock.objects.filter(store=models.OuterRef("store"), partner=models.OuterRef("partner"))
    return models.Subquery(blocks.values("public_id")[:1])


class PartnerBlock(models.Model):
    """A store does not want to be asked by a partner. Gone when it is lifted: the activity keeps what was."""

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="blocked_partners")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    blocked_at = models.DateTimeField(default=timezone.now)
    blocked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = PartnerBlockQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "partner"], name="partner_block_once")]

    def __str__(self) -> str:
        return f"{self.store} blocks {self.partner}"
