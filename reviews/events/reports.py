"""Somebody reported a review or a reply, and what the operators decided. Who reported is said to operators alone, and
what it was rated to nobody."""

from collections.abc import Collection

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import NotAllowed
from accounts.models import User
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from notifications.operators import active_operators
from partners.models import Membership, Partner, held
from partners.permissions import TeamPermission
from reviews.actions.moderation import require_impartial
from reviews.models import Reason, Report
from stores import access
from stores.activity import Words
from stores.events import store_name
from stores.models import Activity, Store

# --- Who is told ----------------------------------------------------------------------------------------------------


def operators_who_may_decide(event: Event) -> Collection[int]:
    partner = Partner.objects.get(pk=event.payload["partner"])
    store = Store.objects.get(pk=event.payload["store"])
    return [operator.pk for operator in active_operators() if _may_decide(operator, partner, store)]


def _may_decide(operator: User, partner: Partner, store: Store) -> bool:
    try:
        require_impartial(operator, partner, store)
    except NotAllowed:
        return False
    return True


def still_waits(event: Event, user: User) -> bool:
    """A mail that comes after the decision is not sent."""
    waits = Report.objects.open().filter(pk=event.payload["report"]).exists()
    return waits and user.pk in operators_who_may_decide(event)


def all_who_reported(event: Event) -> Collection[int]:
    report = Report.objects.select_related("review", "reply").get(pk=event.payload["report"])
    return list(Report.objects.settled_with(report).values_list("reported_by", flat=True))


def stores_side(event: Event) -> Collection[int]:
    """Who wrote the review, and everybody who writes reviews for the store; nobody of the partner."""
    author = Report.objects.select_related("review", "reply__review").get(pk=event.payload["report"]).about.author_id
    team = Membership.objects.filter(partner=event.payload["partner"]).values_list("user_id", flat=True)
    return {author, *access.users_who_may(event.payload["store"], "reviews.write")} - {*team}


def partners_side(event: Event) -> Collection[int]:
    """The partner's owners, and whoever speaks for it in public."""
    team = Membership.objects.filter(held(TeamPermission.MANAGE_PUBLIC_LISTINGS), partner=event.payload["partner"])
    return list(team.values_list("user_id", flat=True))


# --- Where it leads -------------------------------------------------------------------------------------------------


def to_decide(facts: Facts) -> str:
    return reverse("admin:reviews_report_change", args=[facts.report.pk])


def own_report(facts: Facts) -> str:
    """Where whoever reported reads how it stands."""
    report = facts.report
    name = "reply-report" if report.reply_id else "review-report"
    return reverse(f"reviews:{name}", args=[report.about.public_id])


def stores_review(facts: Facts) -> str:
    return reverse("reviews:review", args=[facts.store.handle, facts.report.about.public_id])


def partners_review(facts: Facts) -> str:
    return reverse("reviews:partner-review", args=[facts.partner.slug, facts.report.about.public_id])


# --- Words ----------------------------------------------------------------------------------------------------------

type Case = tuple[str, str]  # what was reported, what was decided

REPORTED = {
    "review": gettext_lazy("A review of %(partner)s was reported"),
    "reply": gettext_lazy("A reply of %(partner)s was reported"),
}
TO_REPORTER: dict[Case, Promise] = {
    ("review", "kept"): gettext_lazy("The review of %(partner)s that you reported stays"),
    ("review", "removed"): gettext_lazy("The review of %(partner)s that you reported was removed"),
    ("reply", "kept"): gettext_lazy("The reply of %(partner)s that you reported stays"),
    ("reply", "removed"): gettext_lazy("The reply of %(partner)s that you reported was removed"),
}
TO_STORE: dict[Case, Promise] = {
    ("review", "kept"): gettext_lazy("Your review of %(partner)s was reported, and it stays"),
    ("review", "removed"): gettext_lazy("Your review of %(partner)s was removed"),
    ("reply", "kept"): gettext_lazy("The reply of %(partner)s to your review was reported, and it stays"),
    ("reply", "removed"): gettext_lazy("The reply of %(partner)s to your review was removed"),
}
TO_PARTNER: dict[Case, Promise] = {
    ("review", "kept"): gettext_lazy("The review by %(store)s was reported, and it stays"),
    ("review", "removed"): gettext_lazy("The review by %(store)s was removed"),
    ("reply", "kept"): gettext_lazy("Your reply to %(store)s was reported, and it stays"),
    ("reply", "removed"): gettext_lazy("Your reply to %(store)s was removed"),
}
OPENINGS = {
    "kept": gettext_lazy("The operators looked at it, without seeing how it was rated, and it stays online."),
    "removed": gettext_lazy(
        "The operators looked at it, without seeing how it was rated, and took it down. The public profile counts it "
        "as removed. Nothing is removed for being negative."
    ),
}


def names(facts: Facts) -> dict[str, str]:
    return {"partner": str(facts.partner), "store": str(facts.store)}


def thing(facts: Facts) -> str:
    return "reply" if facts.report.reply_id else "review"


def case(facts: Facts) -> Case:
    return thing(facts), facts.report.status


def reported_line(facts: Facts) -> str:
    return str(REPORTED[thing(facts)]) % names(facts)


def decided_line(words: dict[Case, Promise]):
    return lambda facts: str(words[case(facts)]) % names(facts)


def because_operator(facts: Facts, reader: User) -> str:
    return _("You get this because you decide about what people report.")


def because_reporter(facts: Facts, reader: User) -> str:
    return _("You get this because you reported it.")


def because_store(facts: Facts, reader: User) -> str:
    if facts.report.about.author_id == reader.pk:
        return _("You get this because you wrote the review.")
    return _("You get this because you write reviews for %(store)s.") % names(facts)


def because_partner(facts: Facts, reader: User) -> str:
    return _("You get this because you own %(partner)s or manage its public listing.") % names(facts)


def reported_letter(facts: Facts, reader: User) -> Letter:
    report = facts.report
    rows = [Row(_("Reason"), report.get_reason_display()), Row(_("Reported by"), str(report.reported_by))]
    return Letter(
        subject=reported_line(facts),
        opening=_("It stays online until somebody has decided. You decide without seeing how it was rated."),
        rows=[*rows, *([Row(_("Details"), report.details)] if report.details else [])],
        quote=report.thing.text,
        quoted=_("What was reported:") if report.thing.text else "",
        button=_("Decide"),
        path=to_decide(facts),
        reason=because_operator(facts, reader),
    )


def decided_letter(words: dict[Case, Promise], *, button: Promise, url, because):
    def letter(facts: Facts, reader: User) -> Letter:
        report = facts.report
        removed_for = [Row(_("Removed for"), report.get_decided_for_display())] if report.decided_for else []
        when = date_format(timezone.localtime(report.decided_at), "DATETIME_FORMAT")
        return Letter(
            subject=decided_line(words)(facts),
            opening=str(OPENINGS[report.status]),
            rows=[*removed_for, Row(_("Decided"), when)],
            quote=report.explanation,
            quoted=_("The operators explain:") if report.explanation else "",
            button=str(button),
            path=url(facts),
            reason=because(facts, reader),
        )

    return letter


def _told(recipients, words, *, place, button, url, because) -> Audience:
    """They were concerned, so they are told, whatever they may do by then."""
    return Audience(
        recipients=recipients,
        line=decided_line(words),
        place=place,
        url=url,
        still_in=None,
        letter=decided_letter(words, button=button, url=url, because=because),
    )


def partner_name(facts: Facts) -> str:
    return str(facts.partner)


SEE = gettext_lazy("See the review")

KINDS = (
    Kind(
        "report.made",
        "flag",
        {
            "operator": Audience(
                recipients=operators_who_may_decide,
                line=reported_line,
                place=lambda facts: facts.report.get_reason_display(),
                url=to_decide,
                still_in=still_waits,
                letter=reported_letter,
            )
        },
        label=gettext_lazy("A review or a reply was reported"),
    ),
    Kind(
        "report.decided",
        "scale",
        {
            "reporter": _told(
                all_who_reported,
                TO_REPORTER,
                place=partner_name,
                button=gettext_lazy("See your report"),
                url=own_report,
                because=because_reporter,
            ),
            "store": _told(
                stores_side, TO_STORE, place=store_name, button=SEE, url=stores_review, because=because_store
            ),
            "partner": _told(
                partners_side, TO_PARTNER, place=partner_name, button=SEE, url=partners_review, because=because_partner
            ),
        },
        label=gettext_lazy("Decision about a reported review or reply"),
    ),
)


# --- Activity -------------------------------------------------------------------------------------------------------

DECIDED: dict[Case, Promise] = {
    ("review", "kept"): gettext_lazy("The review of %(partner)s was reported, and the operators let it stay"),
    ("review", "removed"): gettext_lazy("The review of %(partner)s was removed by the operators"),
    ("reply", "kept"): gettext_lazy("The reply of %(partner)s was reported, and the operators let it stay"),
    ("reply", "removed"): gettext_lazy("The reply of %(partner)s was removed by the operators"),
}


def _decided(row: Activity) -> str:
    return str(DECIDED[row.after["reported"], row.after["verdict"]]) % {"partner": str(row.partner)}


def _why(row: Activity) -> list[str]:
    return [str(Reason(row.after["removed_for"]).label)] if row.after["removed_for"] else []


ACTIVITY = {"report.decided": Words(_decided, _why)}
STAYS_INSIDE: set[str] = set()  # both sides see it

THINGS = {"review": gettext_lazy("the review"), "reply": gettext_lazy("the reply")}
VALUES = {
    "reported": (gettext_lazy("Reported"), lambda what, row: str(THINGS[what])),
    "verdict": (gettext_lazy("Decision"), lambda verdict, row: str(Report.Status(verdict).label)),
    "removed_for": (gettext_lazy("Removed for"), lambda reason, row: str(Reason(reason).label) if reason else ""),
}
