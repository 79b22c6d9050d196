from collaborators.models.codes import RequestCode, RequestPolicy
from collaborators.models.collaborations import SOON, Collaboration
from collaborators.models.requests import ANSWER_WITHIN, MESSAGE_LENGTH, REASON_LENGTH, AccessRequest

__all__ = [
    "ANSWER_WITHIN",
    "MESSAGE_LENGTH",
    "REASON_LENGTH",
    "SOON",
    "AccessRequest",
    "Collaboration",
    "RequestCode",
    "RequestPolicy",
]
