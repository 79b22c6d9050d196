"""A form with a code in it that has to wait until the person confirmed who they are."""

from collections.abc import Callable
from functools import wraps

from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse

from collaborators import codes

LONGEST = 600  # seconds; later they type it again
MARK = "sealed:"


def code_sealed_while_waiting(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """allauth keeps a form that waits in the session, which is a row of the database: the code goes there sealed, and
    is opened when the form comes back. Stands outside of the page's door."""

    @wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if "code" in request.POST:
            _put(request, _opened(codes.Typed(request.POST["code"])))
        try:
            return view(request, *args, **kwargs)
        except ReauthenticationRequired:
            if request.POST.get("code"):
                _put(request, MARK + codes.seal(request.POST["code"], purpose="waiting"))
            raise

    return page


def _opened(typed: codes.Typed) -> codes.Typed:
    """What was typed, now or before the form had to wait."""
    if not typed.startswith(MARK):
        return typed
    try:
        return codes.Typed(codes.unseal(typed.removeprefix(MARK), purpose="waiting", younger_than=LONGEST))
    except codes.Unreadable:
        return codes.Typed()


def _put(request: HttpRequest, code: str) -> None:
    posted = request.POST.copy()
    posted["code"] = code
    request.POST = posted  # type: ignore[assignment]
