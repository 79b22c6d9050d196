"""Messages: somebody has not read what the other side wrote."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.models import User
from collaborators import conversations
from collaborators.models import About, Conversation, Message, Side
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter
from notifications.models import Event
from stores.activity import Words

QUOTED = 10  # messages in one mail
QUOTED_LENGTH = 3000  # code points of them


def unread(event: Event, reader: User) -> QuerySet[Message]:
    """What the reader has not read of what the event is about: after what they knew then, up to what was there."""
    said = event.payload
    messages = Message.objects.filter(conversation=said["conversation"], pk__gt=said["after"])
    if up_to := said.get("told_up_to"):  # events from before there was any go on to the end
        messages = messages.filter(pk__lte=up_to)
    return messages.unread_by(reader, Side(said["side"])).order_by("pk")


def still_unread(event: Event, user: User) -> bool:
    conversation = Conversation.objects.get(pk=event.payload["conversation"])
    is_in = user.pk in conversations.people_of(Side(event.payload["side"]), conversation)
    return is_in and unread(event, user).exists()


def reader_on(side: Side):
    return lambda event: [event.payload["reader"]] if event.payload["side"] == side else []


# --- Words ----------------------------------------------------------------------------------------------------------


def sender(side: Side):
    """Who wrote, as the reader on this side knows them."""
    return lambda facts: conversations.name_for(side, facts.conversation)


def line_for(side: Side):
    return lambda facts: _("%(sender)s wrote to you") % {"sender": sender(side)(facts)}


def stores_page(facts: Facts) -> str:
    return reverse("collaborators:conversation", args=[facts.store.handle, facts.conversation.public_id])


def partners_page(facts: Facts) -> str:
    return reverse("collaborators:partner-conversation", args=[facts.partner.slug, facts.conversation.public_id])


def letter_to(side: Side, path, reason):
    def letter(facts: Facts, reader: User) -> Letter:
        messages = unread(facts.event, reader).select_related("author")
        count = messages.count()
        quote, quoted = in_quotes(messages[:QUOTED])
        words = {"sender": sender(side)(facts), "count": count}
        left_out = count - quoted
        note = ngettext(
            "%(count)d more message stands in the conversation.",
            "%(count)d more messages stand in the conversation.",
            left_out,
        ) % {"count": left_out}
        subject = (
            ngettext("%(count)d new message from %(sender)s", "%(count)d new messages from %(sender)s", count) % words
        )
        return Letter(
            subject=subject,
            quoted=_("%(sender)s wrote:") % words,
            quote=quote,
            button=_("Read and answer"),
            path=path(facts),
            note=note if left_out else "",
            reason=reason(facts),
        )

    return letter


def in_quotes(messages) -> tuple[str, int]:
    """The oldest of the messages, each under the name of its author, and how many they are. A long one is cut."""
    parts: list[str] = []
    left = QUOTED_LENGTH
    for message in messages:
        if left <= 0:
            break
        text = message.text if len(message.text) <= left else message.text[:left].rstrip() + "…"
        parts.append(f"{message.author}{pgettext('label', ':')}\n{text}")
        left -= len(message.text)
    return "\n\n".join(parts), len(parts)


def because_store(facts: Facts) -> str:
    if facts.conversation.about == About.JOB:
        return _("You get this because you own %(store)s or manage its jobs.") % {"store": facts.store}
    return _("You get this because you own %(store)s or manage its users.") % {"store": facts.store}


def because_partner(facts: Facts) -> str:
    if facts.conversation.about == About.JOB:
        return _("You get this because you manage the jobs of %(partner)s.") % {"partner": facts.partner}
    return _("You get this because you manage the stores of %(partner)s.") % {"partner": facts.partner}


KINDS = (
    Kind(
        conversations.UNREAD,
        "chat-bubble-left-right",
        {
            "store": Audience(
                recipients=reader_on(Side.STORE),
                line=line_for(Side.STORE),
                place=lambda facts: str(facts.store),
                url=stores_page,
                still_in=still_unread,
                letter=letter_to(Side.STORE, stores_page, because_store),
            ),
            "partner": Audience(
                recipients=reader_on(Side.PARTNER),
                line=line_for(Side.PARTNER),
                place=lambda facts: str(facts.partner),
                url=partners_page,
                still_in=still_unread,
                letter=letter_to(Side.PARTNER, partners_page, because_partner),
            ),
        },
        label=gettext_lazy("New message"),
    ),
)

ACTIVITY: dict[str, Words] = {}  # messages are not changes
