"""What reviews and replies refuse, each with a code and a sentence."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, NotAllowed, Refused


class OwnPartnersReview(NotAllowed):
    """Nobody reviews themselves, the store's owner neither."""

    code = "own_partners_review"

    def __init__(self, partner):
        super().__init__(
            format_lazy(_("You belong to {partner}, so you cannot review its work."), partner=partner.name)
        )


class InvitationMovedOn(Conflict):
    """The invitation to review is not open any more."""

    code = "review_invitation_moved_on"


class ReviewMovedOn(Conflict):
    """The review was removed, or is too old to be corrected."""

    code = "review_moved_on"


class CorrectedMeanwhile(ReviewMovedOn):
    code = "review_corrected_meanwhile"
    sentence = _("You corrected this review meanwhile, in another window. Look at it as it is now, then try again.")


class NotTheAuthor(NotAllowed):
    code = "not_the_author"
    sentence = _("Only whoever wrote a review may correct it.")


class ReplyMovedOn(Conflict):
    """There is a reply already, or this one is not as it was."""

    code = "reply_moved_on"


def review_was_removed(review) -> ReviewMovedOn:
    sentence = gettext("This review was removed on %(when)s. It is not shown any more, so there is nothing to answer.")
    return ReviewMovedOn(sentence % when_in_words(review.removed_at))


def reply_moved_on(reply) -> ReplyMovedOn:
    """What became of it, for the one who comes second."""
    if reply.removed_at:
        return ReplyMovedOn(
            gettext("This reply was removed on %(when)s. You may write a new one.") % when_in_words(reply.removed_at)
        )
    if reply.withdrawn_at:
        sentence = gettext("%(who)s withdrew this reply on %(when)s. You may write a new one.")
        return ReplyMovedOn(sentence % {"who": str(reply.withdrawn_by), **when_in_words(reply.withdrawn_at)})
    sentence = gettext("%(who)s replied to this review on %(when)s. A review has one reply: edit that one.")
    return ReplyMovedOn(sentence % {"who": str(reply.author), **when_in_words(reply.published_at)})


def reply_was_edited(reply) -> ReplyMovedOn:
    """Since it was read."""
    last = reply.versions.select_related("replaced_by").order_by("-pk").first()
    if last is None:  # whoever sent this had counted edits that never were
        return ReplyMovedOn(gettext("This reply was never edited. Read what it says now, then edit it again."))
    sentence = gettext("%(who)s edited this reply on %(when)s. Read what it says now, then edit it again.")
    return ReplyMovedOn(sentence % {"who": str(last.replaced_by), **when_in_words(last.replaced_at)})


def invitation_moved_on(invitation) -> InvitationMovedOn:
    """Why it cannot be used, for the one who comes second, or too late."""
    status = invitation.Status(invitation.status)
    sentences = {
        status.OPEN: gettext("The time to write this review ended on %(when)s."),
        status.WRITTEN: gettext("%(who)s wrote this review on %(when)s. Each job and each hand-over has one."),
        status.CLOSED: gettext("%(who)s said on %(when)s that there was no work to review."),
        status.LAPSED: gettext("The time to write this review ended on %(when)s."),
    }
    when = invitation.settled_at or invitation.expires_at
    return InvitationMovedOn(sentences[status] % {"who": str(invitation.settled_by or ""), **when_in_words(when)})


def when_in_words(instant) -> dict[str, str]:
    return {"when": date_format(timezone.localtime(instant), "DATETIME_FORMAT") if instant else ""}


def review_moved_on(review) -> ReviewMovedOn:
    """Why it cannot be corrected."""
    if not review.is_live:
        sentence = gettext("This review was removed on %(when)s. It cannot be changed any more.")
        return ReviewMovedOn(sentence % when_in_words(review.removed_at))
    sentence = gettext("The time to correct this review ended on %(when)s.")
    return ReviewMovedOn(sentence % when_in_words(review.correctable_until))


class NothingAsked(Refused):
    code = "nothing_asked"
    sentence = _("This review is about a job. There is no question to answer: write the review.")


class AnswerFirst(Refused):
    code = "answer_first"
    sentence = _("Say first whether the partner worked on the store before it was handed over.")


class ServicesNeeded(Refused):
    code = "services_needed"
    field = "services"
    sentence = _("Choose what the partner did for the store.")


# --- Reports --------------------------------------------------------------------------------------------------------


class AlreadyReported(Conflict):
    """Each person reports a thing once. The sentence says when, and how it stands."""

    code = "already_reported"

    def __init__(self, report):
        status = report.Status
        sentences = {
            status.OPEN: _("You reported this on %(when)s. It stays online until the operators have decided."),
            status.KEPT: _("You reported this on %(when)s. The operators decided that it stays."),
            status.REMOVED: _("You reported this on %(when)s. The operators removed it."),
        }
        super().__init__(sentences[report.status] % when_in_words(report.reported_at))


class NothingToReport(Conflict):
    code = "nothing_to_report"
    sentence = _("This is not online any more, so there is nothing to report.")


class ReplyReplaced(Conflict):
    code = "reply_replaced"
    sentence = _("This reply was replaced by another one meanwhile. Read it before you report it.")


class OwnReview(NotAllowed):
    code = "own_review"
    sentence = _("You wrote this review yourself, so there is nothing to report: you may correct it for 14 days.")


class OwnReply(NotAllowed):
    code = "own_reply"
    sentence = _("This is a reply of your own partner: you can edit it, or withdraw it, at any time.")


class TooManyReports(Refused):
    code = "too_many_reports"
    sentence = _("You reported a lot within one day. Come back tomorrow: operators read each report one by one.")


class DecidedAlready(Conflict):
    """Another operator was quicker."""

    code = "decided_already"

    def __init__(self, report):
        status = report.Status
        sentences = {
            status.KEPT: _("%(who)s decided on %(when)s that it stays."),
            status.REMOVED: _("%(who)s removed it on %(when)s."),
        }
        words = {"who": str(report.decided_by), **when_in_words(report.decided_at)}
        super().__init__(sentences[report.status] % words)


class NotImpartial(NotAllowed):
    code = "not_impartial"
    sentence = _("You belong to one of the two sides, so another operator decides about this.")


class ReasonNeeded(Refused):
    code = "reason_needed"
    field = "reason"
    sentence = _("Choose what it is removed for.")


class ExplanationNeeded(Refused):
    code = "explanation_needed"
    field = "explanation"
    sentence = _("Explain in a few words why it is removed: both sides read this.")


class TextNeeded(Refused):
    code = "text_needed"
    field = "text"
    sentence = _("Say in a few words what went wrong: a rating of 1 or 2 needs a text.")
