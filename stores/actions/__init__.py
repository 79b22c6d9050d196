"""What people do with stores, their staff, their roles and who owns them. Whatever changes those locks the store."""

from stores.actions.handovers import (
    accept_handover,
    decline_handover,
    lapse_all_due,
    offer_handover,
    take_back_handover,
)
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
from stores.actions.stores import build_store, change_staff_limit, open_store, require_two_step, verify_domain

__all__ = [
    "accept_handover",
    "accept_invitation",
    "accept_ownership",
    "assign_role",
    "build_store",
    "change_role",
    "change_staff_limit",
    "decline_handover",
    "invite",
    "lapse_all_due",
    "leave_store",
    "make_role",
    "offer_handover",
    "offer_ownership",
    "open_store",
    "remove_role",
    "remove_staff",
    "require_from_outside",
    "require_two_step",
    "take_back_handover",
    "take_back_invitation",
    "take_back_offer",
    "verify_domain",
]
