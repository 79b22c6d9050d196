from functools import partial, wraps
from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.keyset import page
from accounts.sessions import poll
from notifications import kinds
from notifications.models import Notification

LATEST = 6  # lines under the bell


def lines(notifications) -> list[dict]:
    """Notifications as templates show them. Kinds that this version does not know are left out."""
    facts = kinds.load_facts([notification.event for notification in notifications])
    found = []
    for notification in notifications:
        kind = kinds.get(notification.event.topic)
        audience = kind.audiences.get(notification.audience) if kind else None
        if kind and audience:
            known = facts[notification.event_id]
            found.append(
                {
                    "notification": notification,
                    "icon": kind.icon,
                    "line": audience.line(known),
                    "place": audience.place(known),
                    "url": partial(audience.url, known),  # asked where it is shown
                }
            )
    return found


def _own(request):
    return Notification.objects.visible_to(request.user)


@require_safe
@login_required
def inbox(request):
    found = page(_own(request).select_related("event"), after=request.GET.get("after"))
    return render(request, "notifications/inbox.html", {"lines": lines(found.rows), "page": found})


def quiet_login_required(view):
    """Like login_required, but a part of a page that asks by itself gets a plain 401, never a sign-in page to show."""

    @wraps(view)
    def part(request, *args, **kwargs):
        if request.htmx and not request.user.is_authenticated:
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        return login_required(view)(request, *args, **kwargs)

    return part


@require_safe
@quiet_login_required
def latest(request):
    """What opens under the bell."""
    newest = list(_own(request).select_related("event").order_by("-pk")[:LATEST])
    return render(request, "notifications/_latest.html", {"lines": lines(newest)})


@poll
@require_safe
@quiet_login_required
def count(request):
    """The bell with its number; asked for every 30 seconds."""
    return render(request, "notifications/_bell.html", {"unread": unread_count(request.user)})


def unread_count(user) -> int:
    """How many are unread, counted up to 100: the bell shows "99+" from there."""
    return Notification.objects.visible_to(user).unread()[:100].count()


@require_POST
@login_required
def reading(request, public_id):
    """Mark one as read and go where it leads."""
    notification = get_object_or_404(_own(request).select_related("event"), public_id=public_id)
    _own(request).unread().filter(pk=notification.pk).update(read_at=timezone.now())
    kind = kinds.get(notification.event.topic)
    if kind is None or notification.audience not in kind.audiences:
        raise Http404
    facts = kinds.load_facts([notification.event])[notification.event_id]
    return redirect(kind.audiences[notification.audience].url(facts))


@require_POST
@login_required
def reading_all(request):
    _own(request).unread().update(read_at=timezone.now())
    return redirect("notifications:inbox")
