"""A passkey, made and used with the browser's own authenticator."""

import pytest
from playwright.sync_api import expect

from accounts.two_step import has_two_step
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_added_opens_the_account_and_is_removed(person, site):
    user = UserFactory.create(name="Camille Roy")
    camille = person(user)
    cdp = camille.context.new_cdp_session(camille.page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    camille.open("/account/security/")
    camille.follow("Add a passkey")
    camille.fill("Name of the passkey", "Laptop")
    camille.press("Add a passkey")
    expect(camille.page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(camille.page.get_by_text("The passkey is added.")).to_be_visible()
    assert has_two_step(user)

    camille.context.clear_cookies()
    camille.open("/account/login/")
    camille.press("Sign in with a passkey")
    camille.open("/account/security/")
    expect(camille.page.locator("bdi", has_text="Laptop")).to_be_visible()

    camille.page.get_by_role("link", name="Remove Laptop").click()
    camille.press("Remove")
    expect(camille.page.get_by_text("The passkey is removed.")).to_be_visible()
    assert not has_two_step(user)
