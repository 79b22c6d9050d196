"""A mail as facts in order; the two templates make HTML and plain text of the same ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, Policy
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import User
from accounts.zones import known_zone

SUBJECT_LENGTH = 180  # code points; longer ones are cut by mail programs anyway


@dataclass(frozen=True)
class Row:
    label: str
    value: str
    sensitive: bool = False


@dataclass(frozen=True)
class Line:
    """One thing that happened, in a digest."""

    text: str
    path: str
    when: str


@dataclass(frozen=True)
class Group:
    """Lines about one store or partner."""

    place: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Letter:
    subject: str  # also the heading
    reason: str  # "You get this because…"
    button: str
    path: str  # where the button leads
    opening: str = ""
    quote: str = ""  # somebody's own words
    quoted: str = ""  # "Inès Caron wrote:"
    rows: Sequence[Row] = ()
    groups: Sequence[Group] = ()
    note: str = ""


class reading_as:  # noqa: N801 - used as a verb: with reading_as(user)
    """In this block, words and times are the reader's."""

    def __init__(self, user: User):
        self._language = translation.override(user.language or settings.LANGUAGE_CODE)
        self._zone = timezone.override(ZoneInfo(known_zone(user.time_zone)))

    def __enter__(self):
        self._language.__enter__()
        self._zone.__enter__()

    def __exit__(self, *error):
        self._zone.__exit__(*error)
        self._language.__exit__(*error)


def one_line(text: str) -> str:
    """Text fit for a header: no line breaks, no runs of space, nothing that reads as an encoded word, not endless."""
    line = " ".join(text.split()).replace("=?", "= ?")
    return _shortened_until_it_reads_back(line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1] + "…")


def _shortened_until_it_reads_back(line: str) -> str:
    """The standard library folds very long words of a header so that spaces are lost: such words are cut."""
    for longest in (SUBJECT_LENGTH, 60, 40, 20, 10):
        words = [word if len(word) <= longest else word[: longest - 1] + "…" for word in line.split(" ")]
        shorter = " ".join(words)
        message = EmailMessage(policy=SMTP)
        message["Subject"] = shorter
        read = message_from_bytes(message.as_bytes(), policy=SMTP)["Subject"]
        if read.lstrip() == shorter:  # a long line is folded right behind "Subject:", and begins with that space
            return shorter
    return "Entente"


class ListUnsubscribe(str):
    """The header of this name, on one line: the standard library would encode an address that is longer than a line,
    and no mail program looks for one in there."""

    name = "List-Unsubscribe"
    max_count = 1

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def compose(
    letter: Letter, *, to: User, message_id: str, unsubscribe: str | None = None, choose: str | None = None
) -> EmailMultiAlternatives:
    """The mail. Call inside `reading_as(to)`: the templates hold words too.

    `unsubscribe` is a path that turns such mails off without signing in (RFC 8058), `choose` one where a person says
    what they want; None for mails that nobody may turn off.
    """
    context = {
        "letter": letter,
        "site": settings.SITE_URL,
        "link": settings.SITE_URL + letter.path,
        "unsubscribe": settings.SITE_URL + unsubscribe if unsubscribe else "",
        "choose": settings.SITE_URL + choose if choose else "",
        "language": translation.get_language(),
    }
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    if unsubscribe:
        headers[ListUnsubscribe.name] = ListUnsubscribe(f"<{context['unsubscribe']}>")
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=one_line(letter.subject),
        body=render_to_string("notifications/mail.txt", context),
        to=[to.email],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("notifications/mail.html", context), "text/html")
    return mail
