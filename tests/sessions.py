"""Sessions of people who signed in just now, or a while ago."""

import time
from datetime import timedelta

from django.conf import settings
from django.test import Client

from accounts.sessions import SEEN_AT, SIGNED_IN_AT


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def age(client, by: timedelta) -> None:
    """Let the session of `client` have begun this much earlier, with nothing confirmed since."""
    session = client.session
    session[SIGNED_IN_AT] -= by.total_seconds()
    session.pop("account_authentication_methods", None)
    session.save()


def leave_alone(client, by: timedelta, *, since_last: bool = False) -> None:
    """Let it be this long ago that anybody did anything in the session of `client`; with `since_last`, this much longer
    than it is."""
    session = client.session
    session[SIGNED_IN_AT] -= by.total_seconds()
    seen = session[SEEN_AT] if since_last else time.time()
    session[SEEN_AT] = seen - by.total_seconds()
    session.save()


def keep_renewed(client, during: timedelta) -> None:
    """Let the sign-in of `client` count as one of the last minutes for this long: a whole module asks in its name."""
    session = client.session
    session[SIGNED_IN_AT] += during.total_seconds()
    session.save()
