import io

import pytest
from django.test import RequestFactory

from config.wsgi import application

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "hex", "nonsense", "UTF-16"])
def test_a_body_is_read_as_utf_8_whatever_it_claims(charset):
    """Lone surrogates and NULs would come past the forms into the database."""
    body = b"login=%2BANg-%40x.example&password=1"
    environ = RequestFactory().generic("POST", "/account/login/").environ | {
        "CONTENT_TYPE": f"application/x-www-form-urlencoded; charset={charset}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    answers = []
    list(application(environ, lambda status, headers: answers.append(status)))
    assert answers == ["403 Forbidden"]  # no form token, and no 500
