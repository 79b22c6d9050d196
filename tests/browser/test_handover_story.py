"""A development store as two people live it: built, offered, accepted, through pages and mails alone."""

import re
from html import unescape

import pytest
from playwright.sync_api import expect

from stores.models import Store
from tests.factories import MembershipFactory, PartnerFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INES, CAMILLE = "ines@atelier-nord.example", "camille@maison-lavande.example"


def test_a_store_is_built_offered_and_accepted(person, worker):
    expert = UserFactory.create(name="Inès Caron", email=INES)
    merchant = UserFactory.create(name="Camille Roy", email=CAMILLE)
    partner = PartnerFactory.create(name="Atelier Nord", slug="atelier-nord")
    MembershipFactory.create(partner=partner, user=expert, owner=True)
    ines, camille = person(expert), person(merchant)

    # Inès builds a store that nobody owns.
    ines.open("/partner/atelier-nord/")
    ines.follow("Stores", within=ines.page.get_by_role("navigation", name="Main"))
    ines.follow("Build a development store")
    ines.fill("Name of the store", "Tea Room")
    for label, value in {"Industry": "food", "Country": "FR", "Currency": "EUR", "Time zone": "Europe/Paris"}.items():
        ines.page.get_by_label(label, exact=True).select_option(value)
    ines.press("Build the store")
    expect(ines.page.get_by_text("Being built", exact=True)).to_be_visible()
    ines.follow("Enter Tea Room")
    expect(ines.page.get_by_text("Nobody owns this store yet")).to_be_visible()
    ines.follow("Hand it over")

    # She offers it to Camille, and would like to keep the themes.
    ines.fill("E-mail of the merchant", CAMILLE)
    ines.page.locator("[name=message]").fill("Your tea room is ready.")
    ines.page.get_by_text("Choose what you would like to keep").click()
    ines.box("Edit themes").check()
    ines.press("Offer the store")
    expect(ines.page.get_by_text(f"Offered to {CAMILLE}.")).to_be_visible()

    # Camille has it in her mail, sees who gets what, and lets Inès view themes only.
    letter = worker.wait_for(CAMILLE, "Atelier Nord hands Tea Room over to you")
    (link,) = re.findall(r'<a class="button" href="([^"]+)"', str(letter.alternatives[0].content))
    camille.open(re.sub(r"^https?://[^/]+", "", unescape(link)))
    expect(camille.page.get_by_text("Your tea room is ready.")).to_be_visible()
    expect(camille.page.get_by_text("You are the owner: everything is yours")).to_be_visible()
    assert camille.ticked() == ["View themes", "Edit themes"]
    camille.box("Edit themes").uncheck()
    camille.press("Accept the store")
    expect(camille.page.get_by_text("Tea Room is yours.")).to_be_visible()

    # What Inès built opens nothing any more but what she kept, and she is told.
    worker.wait_for(INES, "Tea Room is handed over")
    store = Store.objects.get()
    assert (store.owner, store.built_by) == (merchant, partner)
    ines.open("/store/tea-room/settings/users/", status=403)
    ines.open("/store/tea-room/access/")
    expect(ines.page.get_by_text("You are a collaborator of Tea Room.")).to_be_visible()
    ines.open("/partner/atelier-nord/stores/")
    expect(ines.page.get_by_text("Handed over on")).to_be_visible()
    assert ines.complaints() == camille.complaints() == []
