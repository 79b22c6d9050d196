"""Forms that make something new: sent twice, by a double click or by going back, they make it once."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.errors import Conflict, KeyUsedOtherwise, Refused
from accounts.models import User
from accounts.once import once


class KeyedForm(forms.Form):
    """Holds the key under which `accounts.once` keeps the answer."""

    key = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput, initial=lambda: str(uuid4()))

    def asked(self) -> dict[str, Any]:
        """What was asked for under the key, as JSON."""
        return {name: self[name].value() for name in self.fields if name != "key"}

    def say_sent_before(self) -> None:
        """The key made something else already: keep what was typed, ready to be sent as something new."""
        self.data = {**{name: self[name].value() for name in self.fields}, "key": str(uuid4())}
        self.add_error(None, _("You sent this form once already. What it holds now was not sent: send it again."))


def made_once(form: KeyedForm, make: Callable[[], Model], *, by: User, path: str) -> str | None:
    """The `public_id` of what the form made, now or when it was sent before; None if it was refused: it says why.

    Raises Conflict: what the form was about has moved on.
    """
    try:
        _status, made = once(
            lambda: (HTTPStatus.FOUND, str(make().public_id)),  # type: ignore[attr-defined]
            by=by,
            key=form.cleaned_data["key"],
            asked=[path, form.asked()],
        )
    except KeyUsedOtherwise:
        form.say_sent_before()
    except Conflict:
        raise
    except Refused as refused:
        refused.stand_in(form)
    else:
        return made
    return None
