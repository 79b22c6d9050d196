"""The access review of a quarter is due."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from collaborators.events.words import because_store, day, names, to_store
from collaborators.models import AccessReview
from notifications.kinds import Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from stores.activity import Words


def review(facts: Facts) -> str:
    return reverse("collaborators:review", args=[facts.store.handle])


def waits_still(event: Event) -> bool:
    """Whether it is open, and somebody has still to be looked at."""
    reviews = AccessReview.objects.open().with_progress().filter(pk=event.payload["access_review"])
    return reviews.filter(unanswered__gt=0).exists()  # type: ignore[misc]  # annotated by with_progress()


def due_letter(facts: Facts, reader: User) -> Letter:
    waiting = facts.access_review.covered().active().count()
    many = ngettext("%(count)d collaborator", "%(count)d collaborators", waiting) % {"count": waiting}
    return Letter(
        subject=_("Access review of %(store)s") % names(facts),
        opening=_("A new quarter began. Look at each partner that may enter, and keep, reduce or end its access."),
        rows=[
            Row(_("Quarter"), facts.access_review.title),
            Row(_("To look at"), many),
            Row(_("Open until"), day(facts.access_review.last_moment)),
        ],
        button=_("Review access"),
        path=review(facts),
        note=_("Nothing ends by itself if you do not answer."),
        reason=because_store(facts, reader),
    )


KINDS = (
    Kind(
        "access_review.due",
        "clipboard-document-check",
        {"store": to_store(lambda facts: _("Your access review is due"), review, due_letter, while_so=waits_still)},
        label=gettext_lazy("Access review due"),
    ),
)

ACTIVITY: dict[str, Words] = {}
