from reviews.models.invitations import OPEN_FOR, REMIND_AFTER, ReviewInvitation, Source
from reviews.models.replies import LEAST_REPLY, MOST_REPLY, Reply, ReplyVersion
from reviews.models.reports import REPORT_LENGTH, REPORTS_A_DAY, Report
from reviews.models.reviews import CORRECT_WITHIN, LEAST_TEXT, LOW, MOST_TEXT, Review, ReviewVersion
from reviews.reasons import Reason

__all__ = [
    "CORRECT_WITHIN",
    "LEAST_REPLY",
    "LEAST_TEXT",
    "LOW",
    "MOST_REPLY",
    "MOST_TEXT",
    "OPEN_FOR",
    "REMIND_AFTER",
    "REPORTS_A_DAY",
    "REPORT_LENGTH",
    "Reason",
    "Reply",
    "ReplyVersion",
    "Report",
    "Review",
    "ReviewInvitation",
    "ReviewVersion",
    "Source",
]
