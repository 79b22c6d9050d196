"""Cookies as production sends them, read from its answers."""

import json
import os
import subprocess
import sys
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pytest
from django.db import connection

SCRIPT = """
import json, django
django.setup()
from django.conf import settings
from django.db import transaction
from django.test import Client
from tests.factories import PASSWORD, StoreFactory
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
with transaction.atomic():
    store = StoreFactory.create()
    client = Client(headers={"host": "entente.example", "x-forwarded-proto": "https"})
    answers = [
        client.get("/account/login/"),
        client.post("/account/login/", {"login": store.owner.email, "password": PASSWORD}),
        client.get(f"/store/{store.handle}/"),
    ]
    transaction.set_rollback(True)
print(json.dumps([morsel.OutputString() for answer in answers for morsel in answer.cookies.values()]))
"""


@pytest.mark.django_db(transaction=True)
def test_every_cookie_is_bound_to_the_host_and_to_https():
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "DATABASE_URL": database.geturl(),
        "DJANGO_SECRET_KEY": "for this test only",
        "REQUEST_CODE_KEY": "for this test only, too",
        "ALLOWED_HOSTS": "entente.example",
        "SITE_URL": "https://entente.example",
        "DEFAULT_FROM_EMAIL": "Entente <entente@entente.example>",
        "MESSAGE_ID_DOMAIN": "entente.example",
        "EMAIL_URL": "smtp://127.0.0.1:1",
    }
    ran = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=90)
    assert ran.returncode == 0, ran.stderr
    cookies = SimpleCookie()
    for line in json.loads(ran.stdout.splitlines()[-1]):
        cookies.load(line)
    assert set(cookies) == {"__Host-sessionid", "__Host-csrftoken", "__Host-device", "__Host-last_dashboard"}
    for cookie in cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]
