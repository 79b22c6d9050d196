"""Development only: keeps mails as files instead of sending them, and shows them at /dev/mail/."""

import re
import uuid
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

NAME = re.compile(r"[0-9T]+-[0-9a-f]{12}")
LINK = re.compile(r"https?://\S+")
SHOWN = 200  # newest mails in the list

FRAMED: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "frame-ancestors": [CSP.SELF],
}
FRAMING: dict[str, list[str]] = {**settings.SECURE_CSP, "frame-src": [CSP.SELF]}


def _folder() -> Path:
    return Path(settings.MAIL_CATCHER_DIR or "")


class CatcherBackend(BaseEmailBackend):
    def send_messages(self, email_messages):
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:12]}"
            (folder / f"{name}.part").write_bytes(message.message().as_bytes())
            (folder / f"{name}.part").rename(folder / f"{name}.eml")
        return len(email_messages)


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def _find(name: str) -> EmailMessage:
    path = _folder() / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise Http404
    return _read(path)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content() if part else ""


@require_safe
def mail_list(request):
    paths = sorted(_folder().glob("*.eml"), reverse=True)[:SHOWN]
    mails = [(path.stem, _read(path)) for path in paths]
    rows = [{"name": name, "to": message["To"], "subject": message["Subject"]} for name, message in mails]
    return render(request, "config/mail_list.html", {"mails": rows})


@require_safe
@csp_override(FRAMING)
def mail_detail(request, name: str):
    message = _find(name)
    text = _body(message, "plain")
    context = {"name": name, "headers": list(message.items()), "text": text, "links": LINK.findall(text)}
    return render(request, "config/mail_detail.html", context | {"subject": message["Subject"]})


@require_safe
@xframe_options_sameorigin
@csp_override(FRAMED)
def mail_html(request, name: str):
    """The HTML part alone, for the frame of `mail_detail`."""
    return HttpResponse('<base target="_top">' + _body(_find(name), "html"))
