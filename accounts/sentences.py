"""What fields say when they cannot take what was typed, for all forms: ours, those of libraries, and Django's admin.

Django keeps its own sentences on the classes of its fields, so these are put there, once, when the apps are ready. A
class of ours for each kind of field would be forgotten in the next form. What a field says by itself
(`error_messages`) still goes first.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_NO_DAY = _("Type a day like 2030-12-31.")
_NOT_OFFERED = _("Choose from what is offered.")

SENTENCES: dict[type[forms.Field], dict[str, Any]] = {
    forms.Field: {"required": _("Fill this in.")},
    forms.CharField: {
        "max_length": _("Use at most %(limit_value)d characters; yours has %(show_value)d."),
        "null_characters_not_allowed": _("This contains control characters. Type it again without them."),
    },
    forms.EmailField: {"invalid": _("Type a whole e-mail address, like name@shop.example.")},
    forms.IntegerField: {
        "invalid": _("Type a whole number."),
        "min_value": _("Type %(limit_value)s or more."),
        "max_value": _("Type %(limit_value)s or less."),
    },
    forms.DateField: {"invalid": _NO_DAY},
    forms.ChoiceField: {"required": _("Choose one."), "invalid_choice": _NOT_OFFERED},
    forms.MultipleChoiceField: {
        "required": _("Choose at least one."),
        "invalid_choice": _NOT_OFFERED,
        "invalid_list": _NOT_OFFERED,
    },
    forms.ModelChoiceField: {"invalid_choice": _NOT_OFFERED},
}


def put_in_place() -> None:
    for field, sentences in SENTENCES.items():
        field.default_error_messages = {**vars(field).get("default_error_messages", {}), **sentences}
