"""The partner replies to a review, edits the reply, or withdraws it: whoever wrote the review is told each time."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from reviews import addresses
from reviews.models import Reply, Review
from stores import access
from stores.activity import Words
from stores.events import store_name
from stores.models import Activity

# --- Who is told ----------------------------------------------------------------------------------------------------


def the_author(event: Event) -> set[int]:
    """Of the review, who still writes reviews for the store: nobody else can open the page it leads to."""
    authors = Review.objects.filter(pk=event.payload["review"]).values_list("author_id", flat=True)
    return {*authors} & access.users_who_may(event.payload["store"], "reviews.write")


def still_the_author(event: Event, user: User) -> bool:
    return user.pk in the_author(event)


def is_still_there(event: Event) -> bool:
    """What the mail shows: a reply that was withdrawn or removed meanwhile is not sent."""
    return Reply.objects.live().filter(pk=event.payload["reply"], review__removed_at=None).exists()


# --- Words ----------------------------------------------------------------------------------------------------------


def names(facts: Facts) -> dict[str, str]:
    return {"partner": str(facts.partner), "store": str(facts.store)}


def stores_review(facts: Facts) -> str:
    return addresses.in_store(facts.review)


def rating_rows(review: Review) -> list[Row]:
    """ "Communication: 2 of 5"."""
    return [
        Row(_("Communication"), _("%(number)s of 5") % {"number": review.communication}),
        Row(_("Quality of work"), _("%(number)s of 5") % {"number": review.quality}),
    ]


def letter(subject: Callable[[], str], opening: Callable[[], str], *, shows_reply: bool = True):
    def written(facts: Facts, reader: User) -> Letter:
        return Letter(
            subject=subject() % names(facts),
            opening=opening() % names(facts),
            quoted=_("%(partner)s wrote:") % names(facts) if shows_reply else "",
            quote=facts.reply.text if shows_reply else "",
            rows=rating_rows(facts.review),
            button=_("See your review"),
            path=stores_review(facts),
            reason=_("You get this because you wrote this review for %(store)s.") % names(facts),
        )

    return written


def to_author(line: Callable[[], str], words, *, while_so=lambda event: True) -> Audience:
    return Audience(
        recipients=the_author,
        line=lambda facts: line() % names(facts),
        place=store_name,
        url=stores_review,
        still_in=lambda event, user: while_so(event) and still_the_author(event, user),
        letter=words,
    )


def replied() -> str:
    return _("%(partner)s replied to your review")


def edited() -> str:
    return _("%(partner)s edited the reply to your review")


def withdrew() -> str:
    return _("%(partner)s withdrew the reply to your review")


KINDS = (
    Kind(
        "reply.published",
        "chat-bubble-left-right",
        {
            "store": to_author(
                replied,
                letter(replied, lambda: _("The reply stands in public, below your review.")),
                while_so=is_still_there,
            )
        },
        label=gettext_lazy("Reply to a review published"),
    ),
    Kind(
        "reply.edited",
        "pencil-square",
        {
            "store": to_author(
                edited,
                letter(edited, lambda: _("This is what it says now. In public it is marked as edited.")),
                while_so=is_still_there,
            )
        },
        label=gettext_lazy("Reply to a review edited"),
    ),
    Kind(
        "reply.withdrawn",
        "arrow-uturn-left",
        {
            "store": to_author(
                withdrew,
                letter(
                    withdrew,
                    lambda: _("The reply is not shown any more. Your review stays as it is."),
                    shows_reply=False,
                ),
            )
        },
        label=gettext_lazy("Reply to a review withdrawn"),
    ),
)


# --- Activity -------------------------------------------------------------------------------------------------------


def about(sentence: Callable[[], str]) -> Words:
    def in_words(row: Activity) -> str:
        return sentence() % {"partner": str(row.partner)}

    return Words(in_words)


ACTIVITY = {
    "reply.published": about(lambda: _("Reply of %(partner)s to a review published")),
    "reply.edited": about(lambda: _("Reply of %(partner)s to a review edited")),
    "reply.withdrawn": about(lambda: _("Reply of %(partner)s to a review withdrawn")),
}
STAYS_INSIDE = ()
