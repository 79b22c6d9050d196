"""What every refusal has in common; each app's `errors.py` names its own."""

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.forms import BaseForm
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from psycopg2.errors import LockNotAvailable


class Sentence(Exception):  # noqa: N818 - never raised by itself
    """Says no in one sentence that tells what to do next. `code` is stable: the API shows it."""

    code = "refused"
    sentence = _("This cannot be done.")

    def __init__(self, sentence=None):
        if sentence is not None:
            self.sentence = sentence
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.sentence)


class Refused(Sentence):
    """The product's rules say no. `field` is the form field that the sentence stands beside ("" for none)."""

    field = ""

    def stand_in(self, form: BaseForm) -> None:
        """Show the sentence beside its field, or above the form where the form has no such field."""
        form.add_error(self.field if self.field in form.fields else None, str(self))


class BadAddress(Refused):
    """What stands in the address after the question mark, or in a header, means nothing: a 400 in the API."""


class Conflict(Refused):
    """Somebody was quicker. The sentence says who did what and when: a 409 in the API."""

    code = "conflict"


class NotAllowed(Sentence, PermissionDenied):
    """The person is known here, but lacks the right: a 403 with the sentence, wherever it is raised."""

    code = "not_allowed"
    sentence = _("You are not allowed to do this. Ask an owner to give you the right.")


class SignInAgain(NotAllowed):
    """The act asks for a sign-in that is not older than five minutes, or for a session where a token came."""

    code = "sign_in_again"
    sentence = _("Confirm in your browser that it is you, then try again. This cannot be done otherwise.")


class TwoStepRequired(NotAllowed):
    """A partner or store asks everybody who enters to sign in in two steps. The page shows how to set it up."""

    code = "two_step_required"
    sets_up_two_step = True  # for the page that says so

    def __init__(self, name: str):
        super().__init__(
            format_lazy(
                _("{name} asks everybody who enters to sign in in two steps. Set it up, then come back."),
                name=name,
            )
        )


class TooManyTokens(Refused):
    code = "too_many_tokens"
    sentence = _("You have fifty access tokens in use. Revoke some that you do not need, then make a new one.")


class KeyUsedOtherwise(Refused):
    """The same idempotency key came with something else than the first time."""

    code = "idempotency_key_used_otherwise"
    sentence = _("This idempotency key was used for another request. Take a new key for each request.")


class KeyInUse(Conflict):
    """The request that came first under this key is still being done."""

    code = "idempotency_key_in_use"
    sentence = _("A request with this idempotency key is being worked on. Send it again in a moment for its answer.")


class BadIdempotencyKey(BadAddress):
    code = "bad_idempotency_key"
    sentence = _("An idempotency key is 1 to 100 printable ASCII characters, like a UUID.")


class TwoStepUnclear(Refused):
    code = "two_step_unclear"
    field = "required"
    sentence = _("Choose whether two-step sign-in is required.")


class TwoStepFirst(Refused):
    code = "two_step_first"
    field = "required"
    sentence = _("Set up two-step sign-in for yourself first. You would lock yourself out otherwise.")


def is_busy(exc: BaseException) -> bool:
    """Somebody else holds the lock for longer than we wait."""
    return isinstance(exc, OperationalError) and isinstance(exc.__cause__, LockNotAvailable)
