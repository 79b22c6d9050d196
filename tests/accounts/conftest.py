import pytest
from allauth.mfa.totp.internal import auth
from django.test import Client

from accounts.models import User
from tests.factories import UserFactory

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret: str = SECRET) -> str:
    """What an authenticator app shows now."""
    return auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time()) + 1))


@pytest.fixture
def user(db) -> User:
    return UserFactory.create(name="Camille Roy", email="camille@people.example")


@pytest.fixture
def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def with_app(user) -> User:
    """Camille, who has an authenticator app."""
    auth.TOTP.activate(user, SECRET)
    return user
