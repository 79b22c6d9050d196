"""The door of every store page: who you are, whether this exists for you, whether you may."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from accounts.errors import NotAllowed
from accounts.sessions import require_awake
from stores import access
from stores.models import Store


def enter(request: HttpRequest, handle: str, *permissions: str, as_use: bool = True) -> Store:
    """The store, for people who hold one of `permissions` there. Strangers get 404, others inside 403; page and API
    alike.

    Sets `request.store` and `request.held` (what the person may do there). `as_use` False: for what decides itself who
    may, and turns away whom the door let in; to be turned away is no use of one's access.
    """
    store = Store.objects.visible_to(request.user).filter(handle=handle).first()
    if store is None:
        access.require_two_step(request.user, handle)
        raise Http404
    require_awake(request)
    held = access.permissions_on(request, store)
    request.store, request.held = store, held  # type: ignore[attr-defined]
    if permissions and held.isdisjoint(permissions):
        raise NotAllowed
    if as_use:
        access.came_in(request, store)
    return store


def store_page(*permissions: str, as_use: bool = True) -> Callable:
    """Call the view with the store that the person may `enter`; send whoever is signed out to sign in."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @login_required
        def page(request: HttpRequest, handle: str, **kwargs) -> HttpResponse:
            return view(request, enter(request, handle, *permissions, as_use=as_use), **kwargs)

        return page

    return decorate
