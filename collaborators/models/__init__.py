from collaborators.models.codes import RequestCode, RequestPolicy
from collaborators.models.collaborations import SOON, Collaboration
from collaborators.models.conversations import TEXT_LENGTH, Conversation, Message, Reading, Side, with_unread
from collaborators.models.invitations import NOTE_LENGTH, ExpertInvitation
from collaborators.models.requests import (
    ANSWER_WITHIN,
    MESSAGE_LENGTH,
    REASON_LENGTH,
    REMIND_AFTER,
    REOPEN_WITHIN,
    AccessRequest,
)
from collaborators.models.templates import LONGEST_DAYS, RequestTemplate

__all__ = [
    "ANSWER_WITHIN",
    "LONGEST_DAYS",
    "MESSAGE_LENGTH",
    "NOTE_LENGTH",
    "REASON_LENGTH",
    "REMIND_AFTER",
    "REOPEN_WITHIN",
    "SOON",
    "TEXT_LENGTH",
    "AccessRequest",
    "Collaboration",
    "Conversation",
    "ExpertInvitation",
    "Message",
    "Reading",
    "RequestCode",
    "RequestPolicy",
    "RequestTemplate",
    "Side",
    "with_unread",
]
