"""When somebody signed in, kept in the session itself: no page asks the database for it."""

import time

SIGNED_IN_AT = "signed_in_at"  # seconds since the epoch, as allauth's own records have them


def begin(sender, request, user, **kwargs) -> None:
    """Stamp a new session. Receives Django's `user_logged_in`: whichever way somebody came in, this is called."""
    request.session[SIGNED_IN_AT] = time.time()


def signed_in_at(session) -> float:
    return session.get(SIGNED_IN_AT, 0)
