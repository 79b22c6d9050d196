from django.db import models
from django.utils.translation import gettext_lazy as _


class TeamPermission(models.TextChoices):
    """What a member may do for the partner. Owners hold all of them."""

    MANAGE_TEAM = "manage_team", _("Manage team")
    MANAGE_STORES = "manage_stores", _("Manage stores")
    MANAGE_JOBS = "manage_jobs", _("Manage jobs")
    MANAGE_PUBLIC_LISTINGS = "manage_public_listings", _("Manage public listings")
