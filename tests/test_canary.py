"""The watch over codes notices what it should."""

import logging

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.test.client import FakePayload

from tests.canary import Listener, checked, shows
from tests.factories import CODE


@pytest.mark.parametrize("text", [CODE, f"the code {CODE}.", f">{CODE}<", f'"{CODE}"', " ".join(CODE)])
def test_a_code_is_found_however_it_is_written(text):
    assert shows(text)


@pytest.mark.parametrize("text", [f"1{CODE}", f"a-{CODE}-b", f"10.{CODE}", "482", f"x{CODE}"])
def test_what_only_holds_its_digits_is_none(text):
    assert not shows(text)


def test_an_answer_that_shows_a_code_to_somebody_who_did_not_type_it_fails():
    request = checked(lambda _client, **_environ: HttpResponse(f"<p>{CODE}</p>"))
    with pytest.raises(AssertionError, match="shows a code"):
        request(Client(), PATH_INFO="/anywhere/")
    typed = {"PATH_INFO": "/anywhere/", "wsgi.input": FakePayload(f"code={CODE}")}
    assert request(Client(), **typed).status_code == 200
    assert request(Client(), PATH_INFO="/store/a/settings/users/security/").status_code == 200


def test_a_mail_with_a_code_fails():
    with pytest.raises(AssertionError, match="a code stands in the mail"):
        mail.send_mail("Code", f"It is {CODE}.", None, ["somebody@people.example"])


def test_a_line_in_the_log_with_a_code_is_heard():
    listener = Listener()
    listener.emit(logging.LogRecord("x", logging.INFO, "", 0, f"the code {CODE}", (), None))
    assert listener.heard
