"""What people do with stores, their staff, their roles and who owns them. Whatever changes those locks the store."""

from stores.actions.ownership import accept_ownership, offer_ownership, take_back_offer
from stores.actions.roles import change_role, make_role, remove_role
from stores.actions.staff import (
    accept_invitation,
    assign_role,
    invite,
    leave_store,
    remove_staff,
    require_from_outside,
    take_back_invitation,
)
from stores.actions.stores import change_staff_limit, open_store, require_two_step, verify_domain

__all__ = [
    "accept_invitation",
    "accept_ownership",
    "assign_role",
    "change_role",
    "change_staff_limit",
    "invite",
    "leave_store",
    "make_role",
    "offer_ownership",
    "open_store",
    "remove_role",
    "remove_staff",
    "require_from_outside",
    "require_two_step",
    "take_back_invitation",
    "take_back_offer",
    "verify_domain",
]
