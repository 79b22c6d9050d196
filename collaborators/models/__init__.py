from collaborators.models.codes import RequestCode, RequestPolicy
from collaborators.models.collaborations import SOON, Collaboration
from collaborators.models.conversations import TEXT_LENGTH, Conversation, Message, Reading, Side, with_unread
from collaborators.models.invitations import NOTE_LENGTH, ExpertInvitation
from collaborators.models.requests import ANSWER_WITHIN, MESSAGE_LENGTH, REASON_LENGTH, AccessRequest

__all__ = [
    "ANSWER_WITHIN",
    "MESSAGE_LENGTH",
    "NOTE_LENGTH",
    "REASON_LENGTH",
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
    "Side",
    "with_unread",
]
