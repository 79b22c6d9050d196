from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.invitations import UNANSWERED, Invitation, InvitationClosed, InvitationQuerySet
from accounts.models import Visitor
from accounts.zones import last_day
from collaborators.models.collaborations import Collaboration
from collaborators.models.requests import AccessRequest
from partners.models import Partner
from stores.models import Store
from stores.permissions import STAFF_ONLY

NOTE_LENGTH = 2000  # code points


class ExpertInvitationQuerySet(InvitationQuerySet):
    def visible_to(self, user: Visitor) -> "ExpertInvitationQuerySet":
        """Invitations, used ones too, to the stores whose users the user manages."""
        return self.filter(store__in=Store.objects.where_user_may(user, "users.manage"))

    def open(self) -> "ExpertInvitationQuerySet":
        """What may still be accepted: neither the link nor the access that it offers is past its end."""
        return super().open().filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))

    def lapsed(self) -> "ExpertInvitationQuerySet":
        now = timezone.now()
        return self.unanswered().filter(Q(expires_at__lte=now) | Q(ends_at__lte=now))

    def open_for(self, addresses: list[str]) -> "ExpertInvitationQuerySet":
        """What the person with these verified addresses may accept now, newest first."""
        return self.open().filter(email__in=addresses).select_related("store", "invited_by").order_by("-pk")

    def count_open(self) -> Subquery:
        """How many of the store of an outer row are open: to annotate with. None for none."""
        rows = self.open().filter(store=OuterRef("store")).order_by().values("store")
        return Subquery(rows.annotate(number=Count("pk")).values("number"))


class ExpertInvitation(Invitation):
    """A store's yes ahead of any question: access with these permissions for the partner of whoever has the address."""

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("Not used yet")
        ACCEPTED = "accepted", gettext_lazy("Used")
        TAKEN_BACK = "taken_back", gettext_lazy("Taken back")
        LAPSED = "lapsed", gettext_lazy("Too old")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="expert_invitations")
    permissions = ArrayField(models.CharField(max_length=40))  # at most these
    ends_at = models.DateTimeField(null=True)  # at the latest then; None: no end date
    note = models.TextField(max_length=NOTE_LENGTH, blank=True)
    # Once it was accepted: for whom, and what it led to.
    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="expert_invitations")
    collaboration = models.OneToOneField(
        Collaboration, null=True, on_delete=models.PROTECT, related_name="expert_invitation"
    )
    access_request = models.OneToOneField(
        AccessRequest, null=True, on_delete=models.PROTECT, related_name="expert_invitation"
    )

    objects = ExpertInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "email"], condition=UNANSWERED, name="expert_invitation_one_open"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None, partner=None, collaboration=None, access_request=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, partner__isnull=False, taken_back_at=None)
                & (
                    Q(collaboration__isnull=False, access_request=None)
                    | Q(collaboration=None, access_request__isnull=False)
                ),
                name="expert_invitation_accepted_leads_somewhere",
            ),
            models.CheckConstraint(condition=~Q(permissions=[]), name="expert_invitation_offers_something"),
            models.CheckConstraint(
                condition=~Q(permissions__overlap=sorted(STAFF_ONLY)), name="expert_invitation_nothing_for_staff"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="expert_invitation_of_store"),
            models.Index(fields=["email"], name="expert_invitation_open", condition=UNANSWERED),
        ]

    @property
    def state(self) -> "ExpertInvitation.State":
        if self.accepted_at:
            return self.State.ACCEPTED
        # One that was put away for the next to the same address had lapsed before.
        if self.taken_back_at and self.taken_back_at < self.closes_at:
            return self.State.TAKEN_BACK
        return self.State.OPEN if self.is_open else self.State.LAPSED

    @property
    def closes_at(self) -> datetime:
        """When it is too old: with its link, or before, with the access that it offers."""
        return min(self.expires_at, self.ends_at) if self.ends_at else self.expires_at

    @property
    def is_open(self) -> bool:
        return super().is_open and timezone.now() < self.closes_at

    @property
    def led_to(self) -> Collaboration | AccessRequest | None:
        return self.collaboration or self.access_request

    def covers(self, permissions: list[str], ends_at: datetime | None) -> bool:
        """Whether this was offered: all or fewer of the permissions, until the same end or an earlier one."""
        in_time = self.ends_at is None or (ends_at is not None and ends_at <= self.ends_at)
        return in_time and set(permissions) <= set(self.permissions)

    def require_open_to(self, user: Visitor) -> None:
        """Raise InvitationClosed unless `user` may accept now. Decide with the row locked."""
        super().require_open_to(user)
        if self.ends_at is not None and self.ends_at <= timezone.now():
            sentence = _(
                "The access that this invitation offers would have ended on %(date)s. Ask whoever invited you for "
                "a new one."
            )
            raise InvitationClosed(sentence % {"date": date_format(last_day(self.ends_at, self.store.time_zone))})
