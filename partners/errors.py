from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, Refused


class SlugTaken(Refused):
    code = "slug_taken"
    field = "slug"
    sentence = _("Another partner has this address already. Choose another one.")


class AlreadyInTeam(Refused):
    code = "already_in_team"
    field = "email"
    sentence = _("This person is in the team already.")


class NoLongerInTeam(Conflict):
    code = "no_longer_in_team"
    sentence = _("This person is no longer in the team.")


class LastOwner(Refused):
    """A partner always has an owner."""

    code = "last_owner"
    sentence = _("A partner needs an owner. Make somebody else an owner first.")


class GrantsMoreThanHeldInTeam(Refused):
    """Nobody grants what they do not hold."""

    code = "grants_more_than_held"
    field = "permissions"
    sentence = _("You cannot grant what you do not hold yourself.")


class OnlyOwners(Refused):
    code = "only_owners"
    sentence = _("Only an owner decides who owns the partner, and what owners may do.")


class ListingChanged(Conflict):
    code = "listing_changed"
    sentence = _(
        "Somebody of your team changed the listing since you opened it. What you wrote is still here, and not saved: "
        "look at how it is now, then save again."
    )


class ListingIsPublished(Conflict):
    code = "listing_is_published"
    sentence = _("The listing is published already.")


class ListingIncomplete(Refused):
    """It lacks what others need to read. The sentence says all of it."""

    code = "listing_incomplete"

    def __init__(self, sentences: Iterable[str]):
        super().__init__(" ".join(sentences))
