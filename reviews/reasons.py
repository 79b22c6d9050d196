from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why somebody reports a review or a reply, and why operators remove one. That it is negative is none."""

    HARMFUL = "harmful", _("Harmful or illegal")
    PERSONAL = "personal", _("Personal information")
    ADVERTISING = "advertising", _("Advertising")
    NOT_REAL_WORK = "not_real_work", _("Not about real work")
    CONFLICT = "conflict", _("Conflict of interest")
