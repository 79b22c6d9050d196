from collaborators.models.codes import RequestCode, RequestPolicy
from collaborators.models.collaborations import SOON, Collaboration
from collaborators.models.conversations import TEXT_LENGTH, Conversation, Message, Reading, Side, with_unread
from collaborators.models.requests import ANSWER_WITHIN, MESSAGE_LENGTH, REASON_LENGTH, AccessRequest

__all__ = [
    "ANSWER_WITHIN",
    "MESSAGE_LENGTH",
    "REASON_LENGTH",
    "SOON",
    "TEXT_LENGTH",
    "AccessRequest",
    "Collaboration",
    "Conversation",
    "Message",
    "Reading",
    "RequestCode",
    "RequestPolicy",
    "Side",
    "with_unread",
]
