"""Plain text that people type: what is kept, what is folded, what is refused (PRODUCT.md, section 7)."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Bidi embeddings, overrides and isolates, zero-width space, byte order mark, line and paragraph separators. Joiners
# and variation selectors (emoji), LRM and RLM are not in here: real writing needs them.
_INVISIBLE = re.compile("[\u200b\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
_CONTROL_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # a line may end and a tab may stand in a text
HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_CONTROL_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f]")


LONGEST = 5_000  # code points in any text of ours


def fold(value: str) -> str:
    """NFC, with every line ending as a line feed."""
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))


def refuse_hidden_characters(value: str, *, one_line: bool) -> None:
    """Raise ValidationError for characters that hide or reorder what a reader sees."""
    if _INVISIBLE.search(value):
        raise ValidationError(
            _("This contains invisible characters that change how text reads. Type it again without them."),
            code="invisible_characters",
        )
    if (_CONTROL_IN_LINE if one_line else _CONTROL_IN_TEXT).search(value):
        raise ValidationError(
            _("This contains line breaks or control characters. Type it again on one line.")
            if one_line
            else _("This contains control characters. Type it again without them."),
            code="control_characters",
        )


def refuse_invisible_line(value: str) -> None:
    """Raise ValidationError for a line that is there, but has nothing to see."""
    if value and not any(unicodedata.category(character)[0] in "LNPS" for character in value):
        raise ValidationError(_("This would look empty. Type at least one visible character."), code="looks_empty")


class _PlainTextField(forms.CharField):
    one_line: bool

    def to_python(self, value):
        # Composing takes quadratic time on what no writing holds, and shrinks a text to a quarter at most: what is
        # longer than that is too long whatever becomes of it, and is refused as it came.
        if isinstance(value, str) and len(value) <= 4 * (self.max_length or LONGEST):
            value = fold(value)
        return super().to_python(value)

    def widget_attrs(self, widget):
        """No `maxlength`: browsers count other units than we do, and cut what is pasted without a word."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}

    def validate(self, value):
        super().validate(value)
        refuse_hidden_characters(value, one_line=self.one_line)


class LineField(_PlainTextField):
    """One line of plain text: a name, a title, an address."""

    one_line = True

    def validate(self, value):
        super().validate(value)
        refuse_invisible_line(value)


class HandleField(forms.CharField):
    """A name that stands in addresses: small letters, digits and dashes, 50 at most."""

    default_error_messages = {
        "invalid": _("Use small letters, digits and dashes only, and begin and end with a letter or digit."),
    }

    def __init__(self, *, named_after: str, **kwargs):
        """`named_after`: id of the input that a proposal is made from as somebody types."""
        attrs = {"autocapitalize": "none", "spellcheck": "false", "data-slug-of": named_after}
        super().__init__(max_length=50, widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value):
        return (super().to_python(value) or "").lower()

    def run_validators(self, value):
        super().run_validators(value)
        if value and not HANDLE.fullmatch(value):
            raise ValidationError(self.error_messages["invalid"], code="invalid")


class TextField(_PlainTextField):
    """Several lines of plain text. `max_length` counts code points, a line break as one."""

    one_line = False
    widget = forms.Textarea
