from collections.abc import Collection, Mapping

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.errors import Refused


class HandleTaken(Refused):
    code = "handle_taken"
    field = "handle"
    sentence = _("Another store has this handle already. Choose another one.")


class AlreadyInStore(Refused):
    code = "already_in_store"
    sentence = _("This person works in the store already.")


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
