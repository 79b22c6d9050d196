"""The main flow as two people live it, in two browsers, through pages and mails alone."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import expect

from tests.browser.people import PHONE, Person, Postbox
from tests.factories import CODE, PASSWORD, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INES, CAMILLE, BRUNO = "ines@atelier-nord.example", "camille@maison-lavande.example", "bruno@cafe-bruma.example"
SECRET = "lavender and thyme"


def button_of(letter: EmailMultiAlternatives) -> str:
    """Where the button of a mail leads; the plain text has the same link."""
    html = str(letter.alternatives[0].content)
    link = unescape(re.search(r'<a class="button" href="([^"]+)"', html)[1])
    assert link in letter.body
    return link


def signs_up(somebody: Person, name: str, address: str, worker: Postbox) -> None:
    somebody.open("/")
    somebody.follow("Create an account")
    somebody.fill("Your name", name)
    somebody.fill("E-mail", address)
    somebody.fill("Password", SECRET)
    somebody.press("Create account")
    expect(somebody.page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    somebody.open(button_of(worker.wait_for(address, "Confirm your e-mail address")))
    somebody.press("Confirm")
    expect(somebody.page.get_by_role("heading", name=f"Welcome, {name.split()[0]}")).to_be_visible()


def opens_a_store(somebody: Person, name: str, handle: str) -> None:
    somebody.follow("Open a store", within=somebody.page.get_by_role("main"))
    somebody.fill("Name of the store", name)
    expect(somebody.page.get_by_label("Handle")).to_have_value(handle)
    expect(somebody.page.get_by_label("Time zone")).to_have_value("Europe/Paris")
    somebody.page.get_by_label("Industry").select_option("home")
    somebody.page.get_by_label("Country").select_option("FR")
    somebody.page.get_by_label("Currency").select_option("EUR")
    somebody.press("Open a store")
    expect(somebody.page.get_by_text(f"{name} is open.")).to_be_visible()


def bell(somebody: Person):
    return somebody.page.get_by_role("button", name=re.compile("^Notifications"))


def opens_the_bell(somebody: Person):
    bell(somebody).click()
    latest = somebody.page.locator("#bell-list")
    expect(latest.get_by_role("heading", name="Notifications")).to_be_visible()
    return latest


def test_a_partner_asks_a_merchant_decides_and_both_are_told_until_the_door_closes(person, worker, site):
    ines, camille, bruno = person(), person(), person()

    # Three people sign up; one founds a partner, two open a store each.
    signs_up(ines, "Inès Caron", INES, worker)
    ines.follow("Found a partner", within=ines.page.get_by_role("main"))
    ines.page.get_by_label("Name").fill("Atelier Nord")
    expect(ines.page.get_by_label("Address in Entente")).to_have_value("atelier-nord")
    ines.press("Found a partner")
    expect(ines.page.get_by_text("Atelier Nord is founded.")).to_be_visible()

    signs_up(bruno, "Bruno Silva", BRUNO, worker)
    opens_a_store(bruno, "Café Bruma", "cafe-bruma")

    signs_up(camille, "Camille Roy", CAMILLE, worker)
    opens_a_store(camille, "Maison Lavande", "maison-lavande")
    expect(bell(camille)).to_have_accessible_name("Notifications")

    # Camille reads her code.
    camille.follow("Users and permissions", within=camille.page.get_by_role("navigation", name="Main"))
    camille.follow("Collaborators", within=camille.page.get_by_role("navigation", name="Users"))
    camille.press("Show code")
    code = camille.page.locator(".code-shown [aria-hidden]").inner_text()
    assert re.fullmatch(r"\d{4}", code)

    # Inès asks.
    until = timezone.localdate() + timedelta(days=45)
    ines.follow("Request access to a store")
    ines.fill("Store URL", "maison-lavande")
    ines.fill("Collaborator request code", code)
    ines.box("Edit themes").check()
    expect(ines.box("View themes")).to_be_checked()
    ines.box("View customers").check()
    ines.box("View products").check()
    ines.fill("Last day", until.isoformat())
    ines.fill("Message to the merchant", "Bonjour Camille,\nnew templates for the summer collection.")
    ines.press("Send request")
    expect(ines.page.get_by_text("Sent. You are told as soon as the merchant answers.")).to_be_visible()
    expect(ines.page.get_by_role("heading", level=1)).to_have_text("maison-lavande")
    expect(ines.page.get_by_text("Maison Lavande")).to_have_count(0)

    # Camille is told: by mail with the facts, and by the bell.
    asked = worker.wait_for(CAMILLE, "Atelier Nord asks for access to Maison Lavande")
    for fact in (
        "View products",
        "view customers",
        "View customers (personal data)",
        "Inès Caron wrote:",
        "collection",
    ):
        assert fact in asked.body
        assert fact in unescape(str(asked.alternatives[0].content))
    assert f"Access ends: {date_format(until)}\n" in asked.body  # no second zone: hers came from her browser
    assert "You get this because you own Maison Lavande." in asked.body
    camille.page.reload()
    expect(bell(camille)).to_have_accessible_name("Notifications, 1 unread")
    latest = opens_the_bell(camille)
    expect(latest.get_by_role("listitem")).to_have_count(1)
    expect(latest.get_by_role("listitem")).to_contain_text("Atelier Nord asks for access")
    expect(latest.get_by_role("listitem")).to_contain_text("Maison Lavande")

    # She follows the button of the mail on her phone, where she first has to sign in.
    on_her_phone = person(viewport=PHONE, has_touch=True)
    on_her_phone.open(button_of(asked))
    on_her_phone.fill("E-mail", CAMILLE)
    on_her_phone.fill("Password", SECRET)
    on_her_phone.press("Sign in")
    expect(on_her_phone.page).to_have_url(button_of(asked))

    # Back at her desk she reviews it, gives less than was asked, and approves.
    camille.click(latest.get_by_role("button", name="Atelier Nord asks for access"))
    expect(camille.page).to_have_url(button_of(asked))
    expect(bell(camille)).to_have_accessible_name("Notifications, 1 unread")  # of her phone, which is a new device
    assert camille.ticked() == ["View products", "View customers", "View themes", "Edit themes"]
    expect(camille.page.get_by_text("new templates for the summer collection.")).to_be_visible()
    expect(camille.page.get_by_label("Last day")).to_have_value(until.isoformat())
    camille.box("View customers").uncheck()
    expect(camille.page.get_by_text("3 of 4 permissions kept")).to_be_visible()
    camille.press("Approve request")
    expect(camille.page.get_by_text("Approved. Atelier Nord may enter now.")).to_be_visible()

    # Inès is told, and enters.
    approved = worker.wait_for(INES, "Maison Lavande approved your request")
    assert "What you may do: View products, view themes, edit themes" in approved.body
    assert "1 of the permissions you asked for was left out." in approved.body
    ines.page.reload()
    expect(bell(ines)).to_have_accessible_name("Notifications, 1 unread")
    ines.click(opens_the_bell(ines).get_by_role("button", name="Maison Lavande approved your request"))
    ines.follow("Enter the store")
    expect(ines.page.locator(".switcher")).to_contain_text("As a collaborator")
    ines.follow("Your access", within=ines.page.get_by_role("navigation", name="Main"))
    expect(ines.page.locator(".checklist b")).to_have_text(["View products", "View themes", "Edit themes"])
    expect(ines.page.locator(".checklist")).to_contain_text(
        ["Can see every product, also those that are hidden.", "Can change how the shop looks in the theme editor."]
    )

    # What is not hers stays closed: without the right 403, without any tie 404.
    ines.open("/store/maison-lavande/settings/users/collaborators/", status=403)
    ines.open("/store/maison-lavande/activity/", status=403)
    ines.open("/store/cafe-bruma/", status=404)
    bruno.open("/store/maison-lavande/", status=404)
    bruno.open("/partner/atelier-nord/", status=404)

    # Camille takes another permission away; it holds at once.
    camille.box("Edit themes").uncheck()
    camille.press("Save permissions")
    expect(camille.page.get_by_text("Saved. It holds from now on.")).to_be_visible()
    ines.open("/store/maison-lavande/access/")
    expect(ines.page.locator(".checklist b")).to_have_text(["View products", "View themes"])
    worker.wait_for(INES, "Maison Lavande changed your access")

    # She revokes it, and says so twice. The door is closed on the very next click.
    camille.page.locator("summary", has_text="Revoke access").click()
    expect(camille.page.get_by_text("End the access of Atelier Nord now?")).to_be_visible()
    camille.press("Revoke access")
    expect(camille.page.get_by_text("Revoked. Atelier Nord can no longer enter.")).to_be_visible()
    ines.follow("Home", within=ines.page.get_by_role("navigation", name="Main"), status=404)
    expect(ines.page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    revoked = worker.wait_for(INES, "Maison Lavande revoked your access")

    # Both find it in their lists.
    ines.open(button_of(revoked))
    expect(ines.page.get_by_text("Camille Roy revoked this access")).to_be_visible()
    ines.follow("Stores", within=ines.page.get_by_role("navigation", name="Main"))
    expect(ines.page.get_by_text("No store yet")).to_be_visible()
    ines.follow("Past access")
    expect(ines.page.get_by_role("main").get_by_role("listitem")).to_contain_text("Maison Lavande")
    camille.follow("Users and permissions", within=camille.page.get_by_role("navigation", name="Main"))
    camille.follow("Collaborators", within=camille.page.get_by_role("navigation", name="Users"))
    expect(camille.page.get_by_text("No outside expert can enter")).to_be_visible()
    camille.follow("Past access")
    row = camille.page.get_by_role("main").get_by_role("listitem")
    expect(row).to_contain_text("Atelier Nord")
    expect(row.locator(".badge")).to_have_text("Revoked")
    camille.follow("Activity", within=camille.page.get_by_role("navigation", name="Main"))
    expect(camille.page.locator(".steps > li")).to_have_count(6)  # that she looked at the code, too


def test_the_bell_counts_by_itself_every_half_minute(person, worker, world):
    owner = person(world.people["owner"])
    owner.page.clock.install()
    owner.open("/store/maison-lavande/")
    expect(bell(owner)).to_have_accessible_name("Notifications")

    partner = person(world.people["other_partner_owner"])
    partner.open("/partner/pixel-co/stores/request/")
    partner.fill("Store URL", "maison-lavande")
    partner.fill("Collaborator request code", CODE)
    partner.box("View files").check()
    partner.press("Send request")
    worker.wait_for(world.people["owner"].email, "Pixel & Co asks for access to Maison Lavande")

    owner.page.clock.fast_forward(31_000)
    expect(bell(owner)).to_have_accessible_name("Notifications, 1 unread")
    expect(opens_the_bell(owner).get_by_role("listitem")).to_contain_text("Pixel & Co asks for access")


def test_a_forgotten_password_is_replaced_by_mail(person, worker):
    somebody = UserFactory.create(name="Camille Roy", email=CAMILLE)
    browser = person()
    browser.open("/account/login/")
    browser.fill("E-mail", CAMILLE)
    browser.fill("Password", "something else")
    browser.press("Sign in")
    browser.follow("Forgot your password?")
    browser.fill("E-mail", CAMILLE)
    browser.press("Send the link")
    expect(browser.page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()

    link = button_of(worker.wait_for(CAMILLE, "Choose a new password"))
    browser.open(link)
    browser.page.get_by_label(re.compile("^new password$", re.IGNORECASE)).fill(SECRET)
    browser.fill("New password, again", SECRET)
    browser.press("Change password")
    browser.open("/account/login/")
    browser.fill("E-mail", CAMILLE)
    browser.fill("Password", SECRET)
    browser.press("Sign in")
    expect(browser.page.get_by_role("heading", name="Welcome, Camille")).to_be_visible()
    somebody.refresh_from_db()
    assert somebody.check_password(SECRET)
    assert not somebody.check_password(PASSWORD)

    another = person()
    another.open(link)
    expect(another.page.get_by_text("This link was used already")).to_be_visible()


def test_what_goes_wrong_in_a_browser_is_noticed(person, world):
    """Every test here leans on these ears."""
    owner = person(world.people["owner"])
    owner.open("/store/maison-lavande/")
    assert owner.complaints() == []
    for wrong in (
        "document.head.append(Object.assign(document.createElement('script'), { textContent: '1' }))",
        "document.body.setAttribute('style', 'color: red')",
        "setTimeout(() => missing.thing)",
        "fetch('/no/such/page/')",
    ):
        with owner.page.expect_event("console" if "setTimeout" not in wrong else "pageerror"):
            owner.page.evaluate(wrong)
        assert owner.complaints(), wrong
        owner.troubles.clear()
