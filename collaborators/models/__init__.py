from collaborators.models.access_reviews import AccessReview, AccessReviewAnswer
from collaborators.models.blocks import PartnerBlock, block_key
from collaborators.models.codes import RequestCode, RequestPolicy
from collaborators.models.collaborations import BEFORE_END, SOON, UNUSED_AFTER, Collaboration, CollaborationUse
from collaborators.models.conversations import (
    RIGHTS,
    TEXT_LENGTH,
    About,
    Conversation,
    Message,
    Reading,
    Side,
    unread,
    with_unread,
)
from collaborators.models.guesses import CodeGuess, CodePathOpening, GuessCounter
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
    "BEFORE_END",
    "LONGEST_DAYS",
    "MESSAGE_LENGTH",
    "NOTE_LENGTH",
    "REASON_LENGTH",
    "REMIND_AFTER",
    "REOPEN_WITHIN",
    "RIGHTS",
    "SOON",
    "TEXT_LENGTH",
    "UNUSED_AFTER",
    "About",
    "AccessRequest",
    "AccessReview",
    "AccessReviewAnswer",
    "CodeGuess",
    "CodePathOpening",
    "Collaboration",
    "CollaborationUse",
    "Conversation",
    "ExpertInvitation",
    "GuessCounter",
    "Message",
    "PartnerBlock",
    "Reading",
    "RequestCode",
    "RequestPolicy",
    "RequestTemplate",
    "Side",
    "block_key",
    "unread",
    "with_unread",
]
