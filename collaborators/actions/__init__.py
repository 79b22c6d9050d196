"""What people do about access: ask, decide, change, end.

Every action locks the partner, then the store, then its own row; looks at the right again inside the lock; lapses what
is past its time; guards; writes; records; tells.
"""

from collaborators.actions.access_reviews import answer_review, open_all_reviews
from collaborators.actions.clock import lapse_all_due, lapse_due
from collaborators.actions.codes import change_policy, make_code, replace_code
from collaborators.actions.collaborations import change_end, change_permissions, keep, leave, renew, revoke
from collaborators.actions.decisions import approve_request, decline_request, reopen_request, see_request
from collaborators.actions.invitations import (
    Wanted,
    accept_expert_invitation,
    invite_expert,
    take_back_expert_invitation,
)
from collaborators.actions.reminders import question_all_unused, remind_all_of_their_end
from collaborators.actions.requests import find_store, may_ask, request_access, withdraw_request
from collaborators.actions.templates import change_template, make_template, remove_template
from collaborators.actions.waiting import remind_all_due

__all__ = [
    "Wanted",
    "accept_expert_invitation",
    "answer_review",
    "approve_request",
    "change_end",
    "change_permissions",
    "change_policy",
    "change_template",
    "decline_request",
    "find_store",
    "invite_expert",
    "keep",
    "lapse_all_due",
    "lapse_due",
    "leave",
    "make_code",
    "make_template",
    "may_ask",
    "open_all_reviews",
    "question_all_unused",
    "remind_all_due",
    "remind_all_of_their_end",
    "remove_template",
    "renew",
    "reopen_request",
    "replace_code",
    "request_access",
    "revoke",
    "see_request",
    "take_back_expert_invitation",
    "withdraw_request",
]
