"""A job as two people live it, through pages and mails alone, from the first question to the yes of both sides."""

import re
from html import unescape

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import Locator, expect

from tests.browser.people import PHONE, Person
from tests.factories import CollaborationFactory, MembershipFactory, PartnerFactory, StoreFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INES, CAMILLE = "ines@atelier-nord.example", "camille@maison-lavande.example"


def button_of(letter: EmailMultiAlternatives) -> str:
    """Where the one button of a mail leads; the plain text has the same link."""
    (link,) = re.findall(r'<a class="button" href="([^"]+)"', str(letter.alternatives[0].content))
    assert unescape(link) in letter.body
    return unescape(link)


def says(letter: EmailMultiAlternatives, *facts: str) -> None:
    """In both forms of a mail."""
    for fact in facts:
        assert fact in letter.body
        assert fact in unescape(str(letter.alternatives[0].content))


def is_told(somebody: Person, news: str) -> None:
    """The bell says it, and leads to the job."""
    somebody.page.reload()
    bell = somebody.page.get_by_role("button", name=re.compile("^Notifications"))
    expect(bell).to_have_accessible_name(re.compile("unread$"))
    bell.click()
    somebody.click(somebody.page.locator("#bell-list").get_by_role("button", name=news))
    expect(heading(somebody)).to_have_text("Theme refresh")


def heading(somebody: Person) -> Locator:
    return somebody.page.get_by_role("heading", level=1)


def card(somebody: Person, title: str) -> Locator:
    """The part of the page under this heading."""
    return somebody.page.locator("section.card, form.card").filter(
        has=somebody.page.get_by_role("heading", name=title, exact=True)
    )


def follows_jobs(somebody: Person) -> None:
    somebody.follow("Jobs", within=somebody.page.get_by_role("navigation", name="Main"))


def asks_for_the_yes(ines: Person, message: str) -> None:
    """Jobs › the job › Complete job › Send job completion request › Send request."""
    follows_jobs(ines)
    tabs = ines.page.get_by_role("navigation", name="Jobs")
    if not ines.page.get_by_role("link", name="Theme refresh").count():
        ines.follow("In progress", within=tabs)
    ines.follow("Theme refresh")
    ines.page.get_by_role("link", name="Complete job").click()
    dialog = ines.page.get_by_role("dialog", name="Send job completion request")
    expect(dialog.get_by_label("Message")).to_be_focused()
    dialog.get_by_label("Message").fill(message)
    expect(dialog.get_by_text(f"{len(message)} of 1,000 characters")).to_be_visible()
    ines.press("Send request", within=dialog)
    expect(ines.page.get_by_text("Sent. Maison Lavande is asked to approve.")).to_be_visible()
    expect(card(ines, "You said that this job is done")).to_contain_text(
        "If nobody answers, it is approved by itself on"
    )


def test_a_job_is_asked_for_proposed_accepted_paid_declined_once_and_approved_and_its_access_ends(person, worker):
    merchant = UserFactory.create(name="Camille Roy", email=CAMILLE)
    expert = UserFactory.create(name="Inès Caron", email=INES)
    store = StoreFactory.create(name="Maison Lavande", handle="maison-lavande", owner=merchant)
    partner = PartnerFactory.create(name="Atelier Nord", slug="atelier-nord")
    MembershipFactory.create(partner=partner, user=expert, owner=True)
    CollaborationFactory.create(partner=partner, store=store, permissions=["products.view", "themes.view"])
    camille, ines = person(merchant), person(expert)
    today = date_format(timezone.localdate())

    # Camille asks the partner that works for her.
    camille.open("/store/maison-lavande/")
    follows_jobs(camille)
    expect(camille.page.get_by_text("No job yet")).to_be_visible()
    camille.follow("New job")
    camille.fill("Title", "Theme refresh")
    camille.fill("Brief", "New colours for the winter,\nand a size guide on every product page.")
    camille.page.get_by_label("Theme design").check()
    camille.fill("Budget", "2,000")
    camille.page.get_by_label("Atelier Nord").check()
    camille.press("Send")
    expect(heading(camille)).to_have_text("Theme refresh")
    expect(camille.page.get_by_text("Waiting for the partner")).to_be_visible()

    # Inès reads the mail, then proposes.
    asked = worker.wait_for(INES, "Maison Lavande has a job for Atelier Nord")
    says(asked, "Theme refresh", "€2,000.00", "New colours for the winter,", "this closes by itself.")
    ines.open("/partner/atelier-nord/")
    expect(ines.page.get_by_text("Maison Lavande asks you about “Theme refresh”")).to_be_visible()
    is_told(ines, "Maison Lavande asks for a proposal: “Theme refresh”")
    expect(ines.page).to_have_url(button_of(asked))
    expect(ines.page.get_by_text("and a size guide on every product page.")).to_be_visible()
    ines.fill("Amount", "1800")
    card(ines, "Send a proposal").get_by_label("Message").fill("We can begin on Monday.")
    ines.fill("What you will do", "New colours\nSize guide")
    ines.press("Send proposal")
    expect(ines.page.get_by_text("Sent. You are told as soon as the merchant answers.")).to_be_visible()
    expect(ines.page.get_by_text("Waiting for the merchant")).to_be_visible()

    # Camille compares it with what she had in mind and accepts; the access is to end with the job.
    proposed = worker.wait_for(CAMILLE, "Atelier Nord sent a proposal to Maison Lavande")
    says(proposed, "€1,800.00", "New colours, Size guide", "We can begin on Monday.")
    is_told(camille, "Atelier Nord sent a proposal")
    expect(camille.page).to_have_url(button_of(proposed))
    camille.page.get_by_label("Their access to the store ends with this job").check()
    camille.click(camille.page.get_by_role("button", name="Accept for €1,800.00"))
    expect(card(camille, "List of items").get_by_role("listitem")).to_contain_text(["New colours", "Size guide"])
    hired = worker.wait_for(INES, "Maison Lavande accepted your proposal")
    says(hired, "€1,800.00")
    ines.open(button_of(hired))
    expect(ines.page.get_by_text("In progress", exact=True)).to_be_visible()

    # They talk; Inès ticks what is done. Before the money, the dialog says what is missing.
    ines.fill("Your message", "The new colours are live on the preview theme.")
    ines.press("Send message")
    items = card(ines, "List of items")
    items.get_by_role("checkbox", name="New colours").click()
    expect(items.get_by_role("checkbox", name="New colours")).to_be_checked()
    expect(items).to_contain_text("1 of 2 done")
    ines.page.get_by_role("link", name="Complete job").click()
    dialog = ines.page.get_by_role("dialog", name="Send job completion request")
    expect(dialog.get_by_text("No payment from Maison Lavande is recorded yet.")).to_be_visible()
    dialog.get_by_role("link", name="Record the payment").click()
    expect(dialog).to_be_hidden()
    ines.fill("Amount in EUR", "1,800.00")
    ines.fill("Reference", "Invoice 2026-18")
    ines.press("Record payment")
    expect(ines.page.get_by_text("Recorded. The other side is told.")).to_be_visible()
    expect(card(ines, "Payments").get_by_role("row").nth(1)).to_contain_text("€1,800.00")
    paid = worker.wait_for(CAMILLE, "Atelier Nord received €1,800.00 for “Theme refresh”")
    says(paid, today, "Invoice 2026-18")

    # She says that it is done.
    asks_for_the_yes(ines, "Everything is live. It was a pleasure!")
    done = worker.wait_for(CAMILLE, "Atelier Nord says that “Theme refresh” is done")
    says(done, "Inès Caron wrote:", "Everything is live. It was a pleasure!", "Approved by itself if nobody answers")

    # Camille looks at it on her phone and declines: two things are missing.
    on_her_phone = person(merchant, viewport=PHONE, has_touch=True)
    on_her_phone.open(button_of(done))
    expect(on_her_phone.page.get_by_text("Everything is live. It was a pleasure!")).to_be_visible()
    expect(on_her_phone.page.get_by_text("If nobody answers, it is approved by itself on")).to_be_visible()
    answer = card(on_her_phone, "Atelier Nord says “Theme refresh” is done")
    answer.locator("summary", has_text="Decline").click()
    on_her_phone.press("Decline with these", status=422)
    expect(on_her_phone.page.get_by_label("What is still to be done")).to_be_focused()
    on_her_phone.fill("What is still to be done", "The menu on a phone\nThe size guide of the scarves")
    on_her_phone.press("Decline with these")
    expect(on_her_phone.page.get_by_text("Declined by Camille Roy")).to_be_visible()
    declined = worker.wait_for(INES, "Maison Lavande says that “Theme refresh” is not done yet")
    says(declined, "Camille Roy", "The menu on a phone", "The size guide of the scarves")

    # What is missing joined the list. Inès does it, and asks again.
    is_told(ines, "Maison Lavande says that “Theme refresh” is not done yet")
    expect(ines.page).to_have_url(button_of(declined))
    items = card(ines, "List of items")
    expect(items.get_by_text("Missing")).to_have_count(2)
    for name in ("Size guide", "The menu on a phone", "The size guide of the scarves"):
        items.get_by_role("checkbox", name=name, exact=True).click()
        expect(items.get_by_role("checkbox", name=name, exact=True)).to_be_checked()
    expect(items).to_contain_text("4 of 4 done")
    asks_for_the_yes(ines, "Now it is.")

    # Camille finds it on her home page and approves; the access ends at once.
    camille.open("/store/maison-lavande/")
    expect(camille.page.get_by_text("One thing waits for your answer.")).to_be_visible()
    expect(camille.page.get_by_text("Atelier Nord says “Theme refresh” is done")).to_be_visible()
    camille.follow("Look at the work")
    answer = card(camille, "Atelier Nord says “Theme refresh” is done")
    answer.locator("summary", has_text="Approve completion").click()
    expect(answer.get_by_label("At once")).to_be_checked()
    camille.press("Approve completion", within=answer)
    expect(camille.page.get_by_role("heading", level=1)).to_have_text("How did Atelier Nord do?")  # in the same breath
    camille.page.go_back()
    camille.page.reload()
    expect(card(camille, "This job is completed")).to_contain_text("Camille Roy approved the completion on")
    expect(card(camille, "This job is completed")).to_contain_text("The access of Atelier Nord to the store ended on")

    # Both sides are at the same end, and the door is closed.
    approved = worker.wait_for(INES, "Maison Lavande approved “Theme refresh”")
    says(approved, "Approved by", "Camille Roy", "€1,800.00", "Access to the store")
    is_told(ines, "Maison Lavande approved “Theme refresh”")
    expect(ines.page).to_have_url(button_of(approved))
    expect(card(ines, "This job is completed")).to_be_visible()
    expect(card(ines, "Progress").get_by_role("listitem")).to_contain_text(
        ["Hired", "Access ended", "Payment received", "Completion approved", "Review"]
    )
    expect(ines.page.get_by_role("link", name="Complete job")).to_have_count(0)
    ines.open("/store/maison-lavande/", status=404)
    for somebody, home in ((ines, "/partner/atelier-nord/"), (camille, "/store/maison-lavande/")):
        somebody.open(home)
        follows_jobs(somebody)
        somebody.follow("Completed", within=somebody.page.get_by_role("navigation", name="Jobs"))
        expect(somebody.page.get_by_role("main").get_by_role("listitem").filter(has_text="€1,800.00")).to_contain_text(
            "Theme refresh"
        )
