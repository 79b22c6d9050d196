from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from notifications.letters import one_line

LONG = "Donaudampfschifffahrtsgesellschaft" * 2


@pytest.mark.parametrize(
    "subject",
    [
        f"Studio … & Æther {LONG} demande l’accès à Épicerie <u>Öl</u> & Cie",
        "👍" * 100 + " demande l’accès à Épicerie",
        "字" * 100 + " asks for access to " + "é" * 100,
        "x" * 100 + " asks for access to " + "y" * 100,
        "=?utf-8?b?=00",
        "=?utf-8?q?x=0D=0ABcc:_evil?= asks",
    ],
)
def test_a_subject_is_read_as_it_was_written(subject):
    """The standard library loses spaces between very long words; such words are cut before."""
    line = one_line(subject)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = line
    assert message_from_bytes(message.as_bytes(), policy=SMTP)["Subject"].lstrip() == line
    assert line.split(" ")[-1][:5] == subject.replace("=?", "= ?").split(" ")[-1][:5]


@pytest.mark.parametrize("length", range(60, 90))
@pytest.mark.parametrize(
    "words", ["Maison Lavande asks Atelier Nord for a proposal: “Theme refresh”, ", "Theme-refresh-"]
)
def test_a_subject_of_any_length_stays_as_it_is(words, length):
    """One of about 70 characters is folded right behind "Subject:"."""
    subject = (words * 10)[:length].strip()
    assert one_line(subject) == subject
