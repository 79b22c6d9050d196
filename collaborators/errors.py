from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, NotAllowed, Refused
from accounts.zones import last_day


class CannotAsk(Refused):
    """Everything of the store, in one sentence: unknown, policy, wrong code, closed, blocked."""

    code = "cannot_ask"
    sentence = _(
        "This request could not be sent. Check the store URL and the collaborator request code with the merchant, "
        "then try again."
    )


class CannotAskForMore(CannotAsk):
    """The same for a partner that works there: it typed no code, and knows the store. Blocked and full are one."""

    code = "cannot_ask_for_more"
    sentence = _(
        "This request for more could not be sent. What you may do goes on. Speak with the merchant, who can change it "
        "without a request."
    )


class AlreadyAsked(Refused):
    code = "already_asked"
    field = "store_url"
    sentence = _("Your request to this store is still waiting for an answer. Withdraw it before you send another one.")


class AlreadyCollaborating(Refused):
    code = "already_collaborating"
    field = "store_url"
    sentence = _("You work for this store already. To do more there, ask for more from the page of your access.")


class AddsNothing(Refused):
    code = "adds_nothing"
    field = "permissions"
    sentence = _(
        "You may do all of this in the store already, for as long as you ask. "
        "Tick something more, or choose a later end."
    )


class TooLateToReopen(Conflict):
    code = "too_late_to_reopen"
    sentence = _("A decline can be taken back within 24 hours. The partner may send a new request.")


class AnotherRequestWaits(Conflict):
    code = "another_request_waits"
    sentence = _("The partner has sent a new request since. Answer that one.")


class AccessMovedOn(Conflict):
    """The request was written for another state of things: access began or ended since."""

    code = "access_moved_on"
    sentence = _("The access of this partner has begun or ended since it asked. It may send a new request.")


class TemplateNameTaken(Refused):
    code = "template_name_taken"
    field = "name"
    sentence = _("Another template has this name already. Choose another one.")


class TooManyTemplates(Refused):
    code = "too_many_templates"
    field = "name"
    sentence = _("You have 50 templates. Remove one that nobody needs.")


class TemplateIsGone(Conflict):
    code = "template_is_gone"
    sentence = _("This template was removed.")


class NotYourPartner(Refused):
    """There is no such partner among those of the person."""

    code = "not_your_partner"
    field = "partner"
    sentence = _("Choose one of your partners.")


class TooManyPending(Refused):
    code = "too_many_pending"
    sentence = _(
        "20 of your requests are waiting for an answer, which is the most there can be. Withdraw one, or wait for an "
        "answer, before you send another one."
    )


class AskedTooSoon(Refused):
    """The store said no less than seven days ago."""

    code = "asked_too_soon"
    field = "store_url"

    def __init__(self, again_at):
        super().__init__(
            gettext("The merchant declined your request. You may ask this store again from %(when)s on.")
            % {"when": date_format(timezone.localtime(again_at), "DATETIME_FORMAT")}
        )


class UnknownHere(Refused):
    code = "unknown_here"
    field = "partner"
    sentence = _("No partner of this name ever asked or worked here.")


class CodePathIsOpen(Conflict):
    """Nothing is left to reopen: nobody closed it, or somebody was quicker."""

    code = "code_path_is_open"

    def __init__(self, opening):
        if opening is None or opening.opened_by is None:
            super().__init__(_("Partners can ask with the code: nothing is closed."))
        else:
            super().__init__(
                gettext("%(who)s made a new code and reopened on %(when)s.")
                % _who_and_when(opening.opened_by, opening.opened_at)
            )


class ReopeningIsForTheOwner(NotAllowed):
    code = "reopening_is_for_the_owner"
    sentence = _(
        "It was reopened once within a year already. Only the owner of the store may do it again: ask them, or invite "
        "the expert you expect."
    )


class OwnPartner(NotAllowed):
    """Nobody but the owner decides for a store about a partner they belong to."""

    code = "own_partner"

    def __init__(self, partner):
        super().__init__(
            format_lazy(
                _("You belong to {partner}, so you cannot decide about its access. Ask the owner of the store."),
                partner=partner.name,
            )
        )


class ConversationClosed(Conflict):
    code = "conversation_closed"
    sentence = _("This conversation is closed: nothing was asked or agreed that is still open. It can be read.")


class TooManyMessages(Refused):
    code = "too_many_messages"
    field = "text"
    sentence = _("You sent 60 messages within an hour. Wait a while, then send this one again.")


class OnlyTheStoreExtends(NotAllowed):
    """A partner does not lengthen its own access."""

    code = "only_the_store_extends"
    sentence = _("Only the merchant can let your access go on. Tell them that you need more time.")


class NoEnd(Conflict):
    code = "no_end"
    sentence = _("This access has no end date, so there is nothing to renew.")


class EndMoved(Conflict):
    """The renewal was meant for another end than the one that holds now."""

    code = "end_moved"

    def __init__(self, collaboration):
        day = last_day(collaboration.ends_at, collaboration.store.time_zone)
        super().__init__(
            gettext("The end was changed meanwhile: access ends on %(date)s. Look again before you renew it.")
            % {"date": date_format(day)}
        )


class ReviewClosed(Conflict):
    code = "review_closed"
    sentence = _("This access review is over. Answer the one of this quarter, or change the access itself.")


class BeingChanged(Conflict):
    """Somebody else holds the lock for longer than we wait. Said at a line of a form whose other lines are saved."""

    code = "busy"
    sentence = _("Somebody else is changing this at the moment. This line was not saved: try again.")


class ReviewAnswered(Conflict):
    """Two people answered the same line of a review."""

    code = "review_answered"

    def __init__(self, answer):
        super().__init__(
            gettext("%(who)s answered this already on %(when)s.")
            % _who_and_when(answer.answered_by, answer.answered_at)
        )


class ChangedMeanwhile(Conflict):
    code = "changed_meanwhile"
    sentence = _("This access was changed after you opened the page. Look again, then answer.")


class NotInReview(Conflict):
    code = "not_in_review"
    sentence = _("This access is not part of the review.")


class NothingTaken(Refused):
    code = "nothing_taken"
    field = "permissions"
    sentence = _("Choose at least one permission to take away, or choose Keep.")


class EverythingTaken(Refused):
    code = "everything_taken"
    field = "permissions"
    sentence = _("This would take everything away. Choose End instead.")


class AddsInReview(Refused):
    code = "adds_in_review"
    field = "permissions"
    sentence = _("A review only takes permissions away. To add some, change the access itself.")


class TransitionNotAllowed(Conflict):
    """Something else was decided before. The sentence says what, by whom and when."""

    code = "already_decided"


def already_decided(access_request) -> TransitionNotAllowed:
    """Why an access request cannot be decided any more, in words for the one who comes second."""
    status = access_request.Status(access_request.status)
    sentences = {
        status.PENDING: gettext("This request is waiting for an answer."),
        status.APPROVED: gettext("%(who)s approved this request on %(when)s."),
        status.DECLINED: gettext("%(who)s declined this request on %(when)s."),
        status.WITHDRAWN: gettext("%(who)s withdrew this request on %(when)s."),
        status.EXPIRED: gettext("This request expired on %(when)s, because nobody answered it."),
    }
    if access_request.ended_with_access:
        sentences[status.EXPIRED] = gettext("This request was closed on %(when)s, when the access itself ended.")
    return TransitionNotAllowed(sentences[status] % _who_and_when(access_request.decided_by, access_request.decided_at))


def already_ended(collaboration) -> TransitionNotAllowed:
    """Why a collaboration cannot be changed any more."""
    how = collaboration.EndedBy(collaboration.ended_how)
    sentences = {
        how.REVOKED: gettext("%(who)s revoked this access on %(when)s."),
        how.LEFT: gettext("%(who)s left the store on %(when)s."),
        how.LAPSED: gettext("This access ended on %(when)s, as agreed."),
    }
    return TransitionNotAllowed(sentences[how] % _who_and_when(collaboration.ended_by, collaboration.ended_at))


def _who_and_when(who, when) -> dict[str, str]:
    moment = date_format(timezone.localtime(when), "DATETIME_FORMAT") if when else ""
    return {"who": str(who or ""), "when": moment}
