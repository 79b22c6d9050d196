"""Who may ask: the code and the policy."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from collaborators.events.words import because_store, names, stores_list
from collaborators.models import RequestPolicy
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter
from stores.activity import Words
from stores.events import people_who_manage_users, store_name
from stores.models import Activity


def code_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("New collaborator request code for %(store)s") % names(facts),
        opening=_(
            "%(actor)s made a new collaborator request code. The old one ended at once; "
            "partners who have access keep it."
        )
        % names(facts),
        button=_("See your collaborators"),
        path=stores_list(facts),
        note=_("If nobody in your team meant to do this, look at who manages your users."),
        reason=because_store(facts, reader),
    )


def closed_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Too many wrong codes for %(store)s") % names(facts),
        opening=_(
            "Four wrong collaborator request codes were tried, so nobody can ask with a code any more. Partners who "
            "have access keep it, requests that wait still wait, and invitations still work."
        ),
        button=_("New code and reopen"),
        path=reopening(facts),
        note=_(
            "Nobody learned the code from this, and there is no hurry. If you expect a request, make a new code and "
            "give it to the expert you asked; the old one no longer works then."
        ),
        reason=because_store(facts, reader),
    )


def reopening(facts: Facts) -> str:
    return reverse("collaborators:code-opening", args=[facts.store.handle])


KINDS = (
    Kind(
        "code.closed",
        "lock-closed",
        {
            "store": Audience(
                recipients=people_who_manage_users,
                line=lambda facts: _("Too many wrong codes: nobody can ask with a code"),
                place=store_name,
                url=reopening,
                still_in=None,
                letter=closed_letter,
            )
        },
        security=True,
        label=gettext_lazy("Too many wrong codes"),
    ),
    Kind(
        "code.made",
        "arrow-path",
        {
            "store": Audience(
                recipients=people_who_manage_users,
                line=lambda facts: _("New request code"),
                place=store_name,
                url=stores_list,
                still_in=None,
                letter=code_letter,
            )
        },
        security=True,
        label=gettext_lazy("New request code"),
    ),
)


def policy_details(row: Activity) -> list[str]:
    return [" → ".join(str(RequestPolicy.Rule(rules["rule"]).label) for rules in (row.before, row.after))]


ACTIVITY = {
    "code.made": Words(lambda row: _("New request code made")),
    "code.shown": Words(lambda row: _("Request code looked at")),
    "code.closed": Words(lambda row: _("Too many wrong codes: nobody can ask with a code")),
    "code.reopened": Words(lambda row: _("New request code made: partners can ask with it again")),
    "partner.blocked": Words(lambda row: _("%(partner)s blocked") % row.after),
    "partner.unblocked": Words(lambda row: _("%(partner)s may ask again") % row.before),
    "policy.changed": Words(lambda row: _("Who may ask for access changed"), policy_details),
}
