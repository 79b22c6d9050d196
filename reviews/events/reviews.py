"""A review was written, or corrected."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from reviews import addresses
from reviews.events.words import (
    about,
    because_partner,
    names,
    people_who_reply,
    rating_rows,
    said,
    services_rows,
    still_replies,
)
from reviews.models import Review
from stores.activity import Words


def to_answer(facts: Facts) -> str:
    return addresses.in_partner(facts.review)


def _rows(facts: Facts) -> list[Row]:
    review: Review = facts.review
    about_what = Row(_("It rests on"), review.get_source_display())
    job = [Row(_("Job"), facts.review_invitation.subject)] if facts.review_invitation.subject else []
    return [*rating_rows(review), about_what, *job, *services_rows(review.services)]


def published_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s reviewed your work") % names(facts),
        opening=_("The review is public. A reply, soon and to the point, is read by those who choose a partner."),
        rows=_rows(facts),
        quote=facts.review.text,
        quoted=_("%(store)s wrote:") % names(facts),
        button=_("Reply to review"),
        path=to_answer(facts),
        reason=because_partner(facts, reader),
    )


def edited_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s corrected its review of your work") % names(facts),
        opening=_("This is how it reads now, marked as edited. If you replied, look whether your reply still fits."),
        rows=_rows(facts),
        quote=facts.review.text,
        quoted=_("%(store)s wrote:") % names(facts),
        button=_("See the review"),
        path=to_answer(facts),
        reason=because_partner(facts, reader),
    )


def is_live_and_theirs(event: Event, user: User) -> bool:
    """What was removed meanwhile is not sent out."""
    return still_replies(event, user) and Review.objects.live().filter(pk=event.payload["review"]).exists()


def _to_partner(line: Callable[[Facts], str], letter: Callable[[Facts, User], Letter]) -> dict[str, Audience]:
    return {
        "partner": Audience(
            recipients=people_who_reply,
            line=line,
            place=lambda facts: str(facts.partner),
            url=to_answer,
            still_in=is_live_and_theirs,
            letter=letter,
        )
    }


KINDS = (
    Kind(
        "review.published",
        "star",
        _to_partner(said(lambda: _("%(store)s reviewed your work")), published_letter),
        label=gettext_lazy("Review published"),
    ),
    Kind(
        "review.edited",
        "pencil-square",
        _to_partner(said(lambda: _("%(store)s corrected its review of your work")), edited_letter),
        label=gettext_lazy("Review corrected"),
    ),
)

ACTIVITY = {
    "review.published": Words(about(lambda: _("Review of %(partner)s published"))),
    "review.edited": Words(about(lambda: _("Review of %(partner)s corrected"))),
}
STAYS_INSIDE = ()
