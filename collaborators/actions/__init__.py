"""What people do about access: ask, decide, change, end.

Every action locks the partner, then the store, then its own row; looks at the right again inside the lock; lapses what
is past its time; guards; writes; records; tells.
"""

from collaborators.actions.access_reviews import answer_review, open_all_reviews
from collaborators.actions.blocks import block, unblock
from collaborators.actions.clock import lapse_all_due, lapse_due
from collaborators.actions.codes import change_policy, make_code, note_shown, replace_code, seal_all
from collaborators.actions.collaborations import (
    change_end,
    change_permissions,
    end_with_job,
    keep,
    leave,
    renew,
    revoke,
)
from collaborators.actions.decisions import approve_request, decline_request, reopen_request, see_request
from collaborators.actions.handovers import begin_anew, keep_what_was_granted
from collaborators.actions.invitations import (
    Wanted,
    accept_expert_invitation,
    invite_expert,
    take_back_expert_invitation,
)
from collaborators.actions.openings import (
    close_all_spent,
    close_if_spent,
    reopen_code_path,
    reopened_lately,
    require_may_reopen,
)
from collaborators.actions.reminders import question_all_unused, remind_all_of_their_end
from collaborators.actions.requests import find_store, request_access, request_access_once, withdraw_request
from collaborators.actions.templates import change_template, make_template, remove_template
from collaborators.actions.waiting import remind_all_due

__all__ = [
    "Wanted",
    "accept_expert_invitation",
    "answer_review",
    "approve_request",
    "begin_anew",
    "block",
    "change_end",
    "change_permissions",
    "change_policy",
    "change_template",
    "close_all_spent",
    "close_if_spent",
    "decline_request",
    "end_with_job",
    "find_store",
    "invite_expert",
    "keep",
    "keep_what_was_granted",
    "lapse_all_due",
    "lapse_due",
    "leave",
    "make_code",
    "make_template",
    "note_shown",
    "open_all_reviews",
    "question_all_unused",
    "remind_all_due",
    "remind_all_of_their_end",
    "remove_template",
    "renew",
    "reopen_code_path",
    "reopen_request",
    "reopened_lately",
    "replace_code",
    "request_access",
    "request_access_once",
    "require_may_reopen",
    "revoke",
    "seal_all",
    "see_request",
    "take_back_expert_invitation",
    "unblock",
    "withdraw_request",
]
