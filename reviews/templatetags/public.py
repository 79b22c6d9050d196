"""What public pages say in words that hold for a whole day."""

from datetime import datetime
from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()

A_FORTNIGHT = 14


@register.filter
def day(value: datetime) -> str:
    """How many days ago, with the exact time: what is said in the morning still holds in the evening."""
    local = timezone.localtime(value)
    days = (timezone.localdate() - local.date()).days
    if days <= 0:
        shown = _("today")
    elif days == 1:
        shown = _("yesterday")
    elif days < A_FORTNIGHT:
        shown = ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    else:
        shown = date_format(local, "DATE_FORMAT")
    exact = date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, shown)


@register.filter
def as_stars(number: float) -> SafeString:
    """The five stars of `reviews/_stars.html`. A long page has forty of them."""
    return _stars(number, get_language())


@cache
def _stars(number: float, language: str) -> SafeString:
    return render_to_string("reviews/_stars.html", {"number": number})
