from collections.abc import Collection, Mapping

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.errors import BadAddress, Conflict, NotAllowed, Refused


class HandleTaken(Refused):
    code = "handle_taken"
    field = "handle"
    sentence = _("Another store has this handle already. Choose another one.")


class DevelopmentStore(NotAllowed):
    """Nobody owns the store yet, so nobody lets people in there."""

    code = "development_store"
    sentence = _(
        "Nobody owns this store yet. It is handed over first; then its owner invites people, lets partners in and "
        "posts jobs."
    )


class AlreadyInStore(Refused):
    code = "already_in_store"
    field = "email"
    sentence = _("This person works in the store already.")


class NoLongerInStore(Conflict):
    code = "no_longer_in_store"
    sentence = _("This person no longer works in the store.")


class NotARole(Refused):
    """No role of this store, or one for other people."""

    code = "not_a_role"
    field = "role"
    sentence = _("This role does not exist here. Reload the page and choose again.")


class RoleNameTaken(Refused):
    code = "role_name_taken"
    field = "name"
    sentence = _("Another role of this store has this name already. Choose another one.")


class ShippedRoleStays(Refused):
    code = "shipped_role"
    sentence = _("This role comes with Entente and stays as it is. Copy it to make your own.")


class TooManyRoles(Refused):
    code = "too_many_roles"
    sentence = _("The store has 50 roles of its own. Remove one that nobody needs.")


class RoleInUse(Refused):
    code = "role_in_use"
    sentence = _("Somebody has this role, or is invited with it. Give them another one first.")


class RoleIsGone(Conflict):
    code = "role_is_gone"
    sentence = _("This role was removed.")


class OfferOpen(Conflict):
    code = "offer_open"
    sentence = _("The store is offered to somebody already. Take that offer back first.")


class OwnTeamsAddress(Refused):
    """A store is not handed over to the team that builds it."""

    code = "own_teams_address"
    field = "email"
    sentence = _("This address belongs to somebody of your team. A store is handed over to a merchant.")


class HandedOverAlready(Conflict):
    code = "handed_over_already"
    sentence = _("This store was handed over already.")


class NoSeatLeft(Refused):
    """The plan's staff limit is reached."""

    code = "no_seat_left"

    def __init__(self, limit: int):
        super().__init__(
            ngettext(
                "Your plan has %(limit)d staff seat, and it is taken. Remove somebody or choose a larger plan.",
                "Your plan has %(limit)d staff seats, and all are taken. Remove somebody or choose a larger plan.",
                limit,
            )
            % {"limit": limit}
        )


class EndsInThePast(Refused):
    code = "ends_in_the_past"
    field = "ends_on"
    sentence = _("Choose a day from today on, in the time zone of the store.")


class PermissionsRefused(Refused):
    code = "permissions_refused"
    field = "permissions"


class NoPermissions(PermissionsRefused):
    code = "no_permissions"
    sentence = _("Choose at least one permission.")


class UnknownPermission(PermissionsRefused):
    code = "unknown_permission"
    sentence = _("One of these permissions does not exist. Reload the page and choose again.")

    def __init__(self, keys: Collection[str]):
        super().__init__()
        self.keys = sorted(keys)


class StaffOnlyPermission(PermissionsRefused):
    code = "staff_only_permission"
    sentence = _("Some of these permissions are for staff only; a collaborator never holds them.")


class MissingPermissions(PermissionsRefused):
    """A permission stands without one it requires. `missing` says which, by key."""

    code = "missing_permissions"

    def __init__(self, missing: Mapping[str, Collection[str]]):
        from stores.permissions import PERMISSIONS

        self.missing = missing
        parts = [
            format_lazy(
                _("“{permission}” also needs “{required}”."),
                permission=PERMISSIONS[key].label,
                required=PERMISSIONS[required].label,
            )
            for key, lacking in missing.items()
            for required in lacking
        ]
        super().__init__(format_lazy(" ".join("{}" for _part in parts), *parts))


class GrantsMoreThanHeld(PermissionsRefused):
    """Nobody grants what they do not hold."""

    code = "grants_more_than_held"

    def __init__(self, keys: Collection[str]):
        from stores.permissions import PERMISSIONS

        self.keys = list(keys)
        labels = ", ".join(str(PERMISSIONS[key].label) for key in self.keys)
        super().__init__(
            format_lazy(_("You cannot grant what you do not hold yourself: {permissions}."), permissions=labels)
        )


class NoSuchPermission(BadAddress):
    """Somebody asks about a permission that the table does not have."""

    code = "unknown_permission"
    field = "permission"
    sentence = _("There is no such permission. The list of permissions says which there are.")
