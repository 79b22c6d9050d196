"""Sessions of people who signed in a while ago."""

from datetime import timedelta

from accounts.sessions import SIGNED_IN_AT


def age(client, by: timedelta) -> None:
    """Let the session of `client` have begun this much earlier, with nothing confirmed since."""
    session = client.session
    session[SIGNED_IN_AT] -= by.total_seconds()
    session.pop("account_authentication_methods", None)
    session.save()
