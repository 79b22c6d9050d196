from collections.abc import Collection

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class TeamPermission(models.TextChoices):
    """What a member may do for the partner. Owners hold all of them."""

    MANAGE_TEAM = "manage_team", _("Manage team")
    MANAGE_STORES = "manage_stores", _("Manage stores")
    MANAGE_JOBS = "manage_jobs", _("Manage jobs")
    MANAGE_PUBLIC_LISTINGS = "manage_public_listings", _("Manage public listings")

    @property
    def sentence(self) -> Promise:
        """What it lets somebody do, plainly."""
        return SENTENCES[self]


SENTENCES = {
    TeamPermission.MANAGE_TEAM: _("Can invite people, change what they may do, and remove them."),
    TeamPermission.MANAGE_STORES: _("Can ask stores for access, and enter those that granted it."),
    TeamPermission.MANAGE_JOBS: _("Can answer merchants about jobs, and send completion requests."),
    TeamPermission.MANAGE_PUBLIC_LISTINGS: _("Can change the public profile, and reply to reviews."),
}


def in_words(*, is_owner: bool, permissions: Collection[str]) -> str:
    """ "Manage stores, manage jobs": what a place in the team opens."""
    if is_owner:
        return gettext("Owner: everything")
    labels = [str(TeamPermission(key).label) for key in TeamPermission.values if key in permissions]
    first, *others = labels or [gettext("See the dashboard")]
    return ", ".join([first, *(label[:1].lower() + label[1:] for label in others)])
