"""Small words that every page needs: initials, moments, icons, fields."""

import json
from datetime import datetime, timedelta
from zlib import crc32

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from accounts import money as amounts

register = template.Library()

HUES = 6  # classes .hue-0 to .hue-5 in look.css


@register.filter
def initials(name: object) -> str:
    """ "AN" for Atelier Nord; at most two letters, from words that begin with one."""
    words = [word for word in str(name).split() if word[:1].isalnum()] or [str(name) or "?"]
    letters = [words[0][:1], words[-1][:1]] if len(words) > 1 else [words[0][:2]]
    return "".join(letters).upper()


@register.filter
def in_fours(text: str) -> list[str]:
    """A long key as it is read out: ["JBSW", "Y3DP"]."""
    return [text[start : start + 4] for start in range(0, len(text), 4)]


@register.filter
def hue(name: object) -> str:
    """The same colour class for the same name, wherever it stands."""
    return f"hue-{crc32(str(name).encode()) // 5 % HUES}"


@register.filter
def moment(value: datetime | None) -> str:
    """How long ago, with the exact time for whoever points at it or has it read out."""
    if value is None:
        return ""
    exact = date_format(timezone.localtime(value), "DATETIME_FORMAT")
    recent = abs(timezone.now() - value) < timedelta(days=7)
    shown = naturaltime(value) if recent else date_format(timezone.localtime(value), "DATE_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, shown)


@register.filter
def money(amount: int | None, currency: str) -> str:
    """ "€1,800.00" for 180000 and EUR, in the reader's language, on one line."""
    if amount is None:
        return ""
    number = f"{amounts.as_decimal(amount, currency):f}"
    return format_html('<data class="money" value="{}">{}</data>', number, amounts.in_words(amount, currency))


@register.filter
def as_json(value: object) -> str:
    """For a data attribute; quotes and angles are escaped like any text."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.simple_tag
def described_by(bound_field) -> str:
    """Ids for aria-describedby: the help first, then the error."""
    ids = [f"{bound_field.auto_id}-help"] if bound_field.help_text else []
    return " ".join([*ids, *([f"{bound_field.auto_id}-error"] if bound_field.errors else [])])
