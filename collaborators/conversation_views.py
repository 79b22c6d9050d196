"""One conversation, from the side of the store and from that of the partner."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import BadIdempotencyKey, Conflict, KeyUsedOtherwise, Refused
from accounts.keyset import page
from accounts.once import Answer, once
from accounts.sessions import is_asleep, poll
from collaborators import conversations
from collaborators.conversation_forms import MessageForm
from collaborators.models import RIGHTS, About, AccessRequest, Collaboration, Conversation, Message, Side
from partners.models import Partner
from partners.pages import partner_page
from partners.permissions import TeamPermission
from stores.links import linked
from stores.models import Store
from stores.pages import store_page

SHOWN = 50


@dataclass(frozen=True)
class Here:
    """Where a conversation is read: whose pages these are, and how they are addressed."""

    side: Side
    place: Store | Partner
    name: str  # as it stands in addresses

    @property
    def own(self) -> dict[str, Store | Partner]:
        return {self.side.value: self.place}

    def url(self, view: str, *args: object) -> str:
        prefix = "partner-" if self.side is Side.PARTNER else ""
        return reverse(f"collaborators:{prefix}{view}", args=[self.name, *args])


@dataclass(frozen=True)
class Topic:
    """What they talk about: where it stands, what the button that leads there says, and its name, if it has one."""

    url: str
    button: str
    title: str = ""


def _access(here: Here, conversation: Conversation) -> Topic | None:
    if key := conversation.collaboration_key:  # type: ignore[attr-defined]
        return Topic(here.url("collaboration", key), _("See the access"))
    if key := conversation.access_request_key:  # type: ignore[attr-defined]
        return Topic(here.url("request", key), _("See the request"))
    return None


TOPICS: dict[str, Callable[[Here, Conversation], Topic | None]] = {About.ACCESS: _access}
"""How to find what a conversation is about; the app that the thing belongs to says so."""


def in_store(*permissions: str) -> Callable:
    """The view gets the request, where it is read, and what stands in the address. For those who hold one of these."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @store_page(*permissions)
        def page(request: HttpRequest, store: Store, **kwargs) -> HttpResponse:
            return view(request, Here(Side.STORE, store, store.handle), **kwargs)

        return page

    return decorate


def in_partner(*permissions: str) -> Callable:
    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @partner_page(*permissions)
        def page(request: HttpRequest, partner: Partner, **kwargs) -> HttpResponse:
            return view(request, Here(Side.PARTNER, partner, partner.slug), **kwargs)

        return page

    return decorate


readers_in_store = in_store(*(rights.read for rights in RIGHTS.values()))
readers_in_partner = in_partner(*(rights.team for rights in RIGHTS.values()))


def by_itself(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For what an open page asks for by itself: it keeps no session awake, and whoever is signed out or away for long
    gets a plain 401, never a page to sign in where messages stand."""

    @poll
    @wraps(view)
    def part(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.htmx and (not request.user.is_authenticated or is_asleep(request)):  # type: ignore[attr-defined]
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        return view(request, *args, **kwargs)

    return part


def _conversation(request: HttpRequest, here: Here, public_id: UUID) -> Conversation:
    rows = conversations.readable(request.user, here.side).filter(**here.own)  # type: ignore[arg-type]
    return get_object_or_404(rows, public_id=public_id)


def _messages(conversation: Conversation) -> QuerySet[Message]:
    return Message.objects.filter(conversation=conversation).select_related("author")


def _shown(rows, conversation: Conversation, reader) -> list[dict]:
    """Messages as the page shows them, oldest first."""
    return [
        {
            "message": message,
            "html": linked(message.text),
            "mine": message.author_id == reader.pk,
            "new": message.author_id != reader.pk and message.pk > conversation.up_to,  # type: ignore[attr-defined]
        }
        for message in sorted(rows, key=lambda message: message.pk)
    ]


def _page(request, here: Here, public_id: UUID, *, form: MessageForm | None = None, status: int = HTTPStatus.OK):
    conversation = _conversation(request, here, public_id)
    found = page(_messages(conversation), after=request.GET.get("after"), before=request.GET.get("before"), size=SHOWN)
    shown = _shown(found, conversation, request.user)
    first_asked = None
    if found.after is None and conversation.about == About.ACCESS:  # the beginning of it all is on this page
        asked = AccessRequest.objects.filter(conversation=conversation).exclude(message="")
        first_asked = asked.select_related("asked_by").order_by("pk").first()
    context = {
        "here": here,
        here.side.value: here.place,
        "name": conversations.name_for(here.side, conversation),
        "topic": TOPICS[conversation.about](here, conversation),
        "page": found,
        "first_asked": first_asked,
        "first_asked_html": linked(first_asked.message) if first_asked else "",
        **_talk(request, here, conversation, shown, form),
        "latest": shown[-1]["message"] if shown and found.before is None else None,
    }
    request.talks_about = conversation.about  # for the rail
    return render(request, f"collaborators/{here.side.value}_conversation.html", context, status=status)


def _talk(request, here: Here, conversation: Conversation, shown: list[dict], form: MessageForm | None) -> dict:
    may_write = here.side is Side.PARTNER or conversation.rights.write in request.held
    return {
        "conversation": conversation,
        "rows": shown,
        "latest": shown[-1]["message"] if shown else None,
        "may_write": may_write,
        "form": form or MessageForm(),
        **_addresses(here, conversation),
    }


def latest_of(request, here: Here, conversation: Conversation, *, count: int) -> dict:
    """The end of a conversation from `conversations.readable`, for a page that shows more than that."""
    rows = list(_messages(conversation).order_by("-pk")[: count + 1])
    shown = _shown(rows[:count], conversation, request.user)
    return _talk(request, here, conversation, shown, None) | {"has_earlier": len(rows) > count}


def _addresses(here: Here, conversation: Conversation) -> dict[str, str]:
    return {
        "own_url": here.url("conversation", conversation.public_id),
        "newer_url": here.url("conversation-newer", conversation.public_id),
        "reading_url": here.url("conversation-reading", conversation.public_id),
    }


def _send(request, here: Here, public_id: UUID) -> HttpResponse:
    conversation = _conversation(request, here, public_id)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _page(request, here, public_id, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def write() -> Answer:
        sent = conversations.send(conversation, text=form.cleaned_data["text"], side=here.side, by=request.user)
        return HTTPStatus.FOUND, str(sent.public_id)

    try:
        once(write, by=request.user, key=form.cleaned_data["key"], asked=[request.path, form.cleaned_data["text"]])
    except (KeyUsedOtherwise, BadIdempotencyKey):
        form.say_sent_before()
    except Conflict as closed:
        form.add_error(None, str(closed))
        return _page(request, here, public_id, form=form, status=HTTPStatus.CONFLICT)
    except Refused as refused:
        refused.stand_in(form)
    else:
        if seen := _named(conversation, request.POST.get("up_to", "")):
            conversations.read(conversation, up_to=seen, by=request.user)
        return redirect(f"{_after_sending(request, here, conversation)}#latest")
    return _page(request, here, public_id, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _after_sending(request, here: Here, conversation: Conversation) -> str:
    """Where they wrote: on the page of what it is about, or on its own."""
    if request.POST.get("from") == "topic" and (topic := TOPICS[conversation.about](here, conversation)):
        return topic.url
    return here.url("conversation", conversation.public_id)


def _newer(request, here: Here, public_id: UUID) -> HttpResponse:
    """What was written since the message `after`, or at all if the page had none; 204 if nothing was, and if no such
    message stands here. Asked for every 30 seconds."""
    conversation = _conversation(request, here, public_id)
    rows = _messages(conversation)
    if named := request.GET.get("after", ""):
        after = _named(conversation, named)
        rows = rows.filter(pk__gt=after.pk) if after else rows.none()
    shown = _shown(rows.order_by("pk")[:SHOWN], conversation, request.user)
    if not shown:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {"here": here, "rows": shown, "latest": shown[-1]["message"], **_addresses(here, conversation)}
    return render(request, "collaborators/_newer_messages.html", context)


def _named(conversation: Conversation, public_id: str) -> Message | None:
    try:
        return conversation.messages.filter(public_id=UUID(public_id)).first()
    except ValueError:
        return None


def _read(request, here: Here, public_id: UUID) -> HttpResponse:
    """Note that the reader has read up to the message that is named; one that does not stand here says nothing."""
    conversation = _conversation(request, here, public_id)
    if message := _named(conversation, request.POST.get("up_to", "")):
        conversations.read(conversation, up_to=message, by=request.user)
    return HttpResponse() if request.htmx else redirect(here.url("conversation", public_id))


def _start(request, here: Here) -> HttpResponse:
    """The conversation about a request or a collaboration from before there were any; then its page."""
    kinds = {"access_request": AccessRequest, "collaboration": Collaboration}
    named = next((name for name in kinds if request.POST.get(name)), "collaboration")
    rows = kinds[named].objects.visible_to(request.user).filter(**here.own)  # type: ignore[attr-defined]
    row = get_object_or_404(rows, public_id=_uuid(request.POST.get(named, "")))
    try:
        conversation = conversations.find_or_start(row, by=request.user, side=here.side)
    except Conflict as closed:
        messages.warning(request, str(closed))
        return redirect(here.url("request" if named == "access_request" else "collaboration", row.public_id))
    return redirect(here.url("conversation", conversation.public_id))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@readers_in_store
def conversation(request, here: Here, public_id: UUID):
    return _send(request, here, public_id) if request.method == "POST" else _page(request, here, public_id)


@by_itself
@require_safe
@readers_in_store
def conversation_newer(request, here: Here, public_id: UUID):
    return _newer(request, here, public_id)


@by_itself
@require_POST
@readers_in_store
def conversation_reading(request, here: Here, public_id: UUID):
    return _read(request, here, public_id)


@require_POST
@in_store("users.manage")
def conversation_list(request, here: Here):
    return _start(request, here)


@require_http_methods(["GET", "HEAD", "POST"])
@readers_in_partner
def partner_conversation(request, here: Here, public_id: UUID):
    return _send(request, here, public_id) if request.method == "POST" else _page(request, here, public_id)


@by_itself
@require_safe
@readers_in_partner
def partner_conversation_newer(request, here: Here, public_id: UUID):
    return _newer(request, here, public_id)


@by_itself
@require_POST
@readers_in_partner
def partner_conversation_reading(request, here: Here, public_id: UUID):
    return _read(request, here, public_id)


@require_POST
@in_partner(TeamPermission.MANAGE_STORES)
def partner_conversation_list(request, here: Here):
    return _start(request, here)
