from collections.abc import Collection
from dataclasses import dataclass
from functools import partial, wraps
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.keyset import page
from accounts.models import User
from accounts.sessions import poll
from notifications import choices, digests, kinds, unsubscribing
from notifications.forms import MailChoicesForm
from notifications.models import Notification, RefusedAddress

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


@dataclass(frozen=True)
class News:
    """What every page tells its reader."""

    unread: int = 0  # counted up to 100, like `unread_count`
    refused_address: str | None = None  # mails to it come back


def news(user) -> News:
    """In one query."""
    if not user.is_authenticated:
        return News()
    unread = Notification.objects.filter(user=OuterRef("pk")).unread().values("pk")[:100]
    count = Func(ArraySubquery(unread), function="cardinality", output_field=IntegerField())
    rows = User.objects.filter(pk=user.pk).values_list(count, "email", "refused_address__address")
    for unread_lines, email, refused in rows:
        return News(unread_lines, refused if refused == email else None)
    return News()


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


# --- Which mails ----------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_choices(request, *, sides: Collection[str]):
    """How the person wants each kind of mail that can concern somebody who belongs to `sides`."""
    data = request.POST if request.method == "POST" else None
    form = MailChoicesForm(data, sections=choices.sections(sides), chosen=choices.chosen_by(request.user))
    if data is not None and form.is_valid():
        choices.choose(request.user, form.chosen())
        messages.success(request, _("Saved. From now on these mails reach you as you chose."))
        return redirect("mail-choices")
    context = {"form": form, "leaves_at": digests.LEAVES_AT, "zone": timezone.get_current_timezone_name()}
    return render(request, "notifications/mail_choices.html", context, status=422 if form.errors else 200)


@csrf_exempt  # a mail program posts without cookies; whoever has the signed link may do this one thing
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_unsubscription(request, signed: str):
    """Turn one kind of mail off from the mail itself. Looking changes nothing: mail programs look at links."""
    subscription = unsubscribing.read(signed)
    if subscription is None:
        return render(request, "notifications/unsubscription_unknown.html", status=HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        subscription.turn_off()
    context = {"subscription": subscription, "done": request.method == "POST"}
    response = render(request, "notifications/unsubscription.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


@require_POST
@login_required
def mail_address_confirmation(request):
    """The person says that mails reach them, or that they have seen enough of the banner. The next refusal shows it."""
    RefusedAddress.objects.filter(user=request.user).delete()
    messages.success(request, _("Thank you. Should another mail come back, you will read it here."))
    return redirect("mail-choices")
