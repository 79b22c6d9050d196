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
        typed = request.POST.get("code", "")
        if typed.startswith(MARK):
            _put(request, _opened(typed.removeprefix(MARK)))
        try:
            return view(request, *args, **kwargs)
        except ReauthenticationRequired:
            if request.POST.get("code"):
                _put(request, MARK + codes.seal(request.POST["code"], purpose="waiting"))
            raise

    return page


def _opened(sealed: str) -> str:
    try:
        return codes.unseal(sealed, purpose="waiting", younger_than=LONGEST)
    except codes.Unreadable:
        return ""


def _put(request: HttpRequest, code: str) -> None:
    posted = request.POST.copy()
    posted["code"] = code
    request.POST = posted  # type: ignore[assignment]
