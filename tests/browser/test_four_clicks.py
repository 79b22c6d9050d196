"""From the mail to "approved with one permission less", counted.

A click is anything the merchant presses with the mouse, the button of the mail among them. She is signed in, and did
so within five minutes: whoever is not shows once more that it is her before personal data is granted, which is a
password and one more click, and no part of this count.
"""

import re
from html import unescape

import pytest
from playwright.sync_api import expect

from collaborators import actions
from collaborators.models import Collaboration
from tests.factories import CODE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST = 4

COUNT = """addEventListener("click", (event) => {
    if (event.isTrusted && event.detail) sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1;
}, true)"""  # trusted, and with a button pressed: not what a label passes on to its box


def test_from_the_mail_to_one_permission_less_in_at_most_four_clicks(person, worker, world):
    owner = world.people["owner"]
    actions.withdraw_request(world.pending, by=world.people["partner_owner"])
    actions.request_access(
        world.asking,
        store_url=world.store.handle,
        code=CODE,
        permissions=["products.view", "themes.view", "themes.edit", "customers.view"],
        ends_on=None,
        message="Hello",
        by=world.people["partner_owner"],
    )
    asked = worker.wait_for(owner.email, "Atelier Nord asks for access to Maison Lavande")
    html = str(asked.alternatives[0].content)
    link = unescape(re.search(r'<a class="button" href="([^"]+)"', html)[1])

    merchant = person(owner)
    merchant.context.add_init_script(COUNT)
    merchant.open(link)
    clicks = 1  # the button of the mail
    merchant.box("View customers").click()
    merchant.press("Approve request")
    expect(merchant.page.get_by_text("Approved. Atelier Nord may enter now.")).to_be_visible()
    clicks += int(merchant.page.evaluate("sessionStorage.clicks"))
    assert Collaboration.objects.get(partner=world.asking).permissions == [
        "products.view",
        "themes.view",
        "themes.edit",
    ]
    assert clicks == 3
    assert clicks <= MOST
