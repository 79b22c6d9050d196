"""A low review is found, answered with advice, edited and withdrawn, and the merchant hears each time."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from reviews import ratings
from reviews.models import Review
from tests.browser.test_job_story import heading, says
from tests.factories import MembershipFactory, PartnerFactory, ReviewFactory, StoreFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CAMILLE = "camille@cafe-bruma.example"
WAITED = "The work itself is good, but we waited nine days for an answer in the middle of the launch."
REPLY = (
    "Thank you for telling us, and I am sorry you had to chase us: nine days without an answer is not how we work. "
    "Could we talk it through? Write to me at ines@atelier-nord.example."
)


def test_a_partner_answers_a_low_review_with_advice_and_the_merchant_is_told(person, worker):
    expert = UserFactory.create(name="Inès Caron", email="ines@atelier-nord.example")
    partner = PartnerFactory.create(name="Atelier Nord", slug="atelier-nord")
    MembershipFactory.create(partner=partner, user=expert, owner=True)
    store = StoreFactory.create(
        name="Café Bruma", handle="cafe-bruma", owner=UserFactory.create(name="Camille Roy", email=CAMILLE)
    )
    low = ReviewFactory.create(partner=partner, store=store, communication=2, quality=4, text=WAITED)
    Review.objects.filter(pk=low.pk).update(published_at=timezone.now() - timedelta(days=2))
    ReviewFactory.create(partner=partner, quality=5)
    ratings.rebuild(partner.pk)

    # It waits on the home page; the list begins with it.
    ines = person(expert)
    ines.open("/partner/atelier-nord/")
    expect(ines.page.get_by_text("Two things wait for your answer.")).to_be_visible()
    ines.follow("Reviews", within=ines.page.get_by_role("navigation", name="Main"))
    expect(ines.page.get_by_role("article").first).to_contain_text("Café Bruma")
    expect(ines.page.get_by_text("of 5", exact=True)).to_be_visible()
    ines.follow("Reply to review", within=ines.page.get_by_role("article").first)
    expect(heading(ines)).to_have_text("Review by Café Bruma")

    # Advice follows what she types.
    advice = ines.page.get_by_role("list", name="Advice for this reply").get_by_role("listitem")
    expect(advice.filter(has_text="Thank the merchant")).to_be_visible()
    ines.page.get_by_label("Your reply").press_sequentially("Thank you, Atelier Nord")
    expect(advice.filter(has_text="Thanks the merchant")).to_have_class("ok")
    expect(advice.filter(has_text="Leave “Atelier Nord” out")).to_have_class("todo")
    ines.fill("Your reply", REPLY)
    expect(advice.filter(has_text="Takes up what they wrote (“nine days”)")).to_have_class("ok")
    for point in ("Says sorry", "Short (", "Offers another channel", "Leaves your business name and services out"):
        expect(advice.filter(has_text=point)).to_have_class("ok")
    ines.press("Submit reply")
    expect(ines.page.get_by_text("Published. Café Bruma is told.")).to_be_visible()
    says(worker.wait_for(CAMILLE, "Atelier Nord replied to your review"), "nine days without an answer", "2 of 5")

    # She edits it, then withdraws it; Camille hears of both.
    ines.follow("Edit reply")
    ines.fill("Your reply", REPLY.replace("Could we", "May we"))
    ines.press("Save reply")
    expect(ines.page.get_by_text("What it said before")).to_be_visible()
    says(worker.wait_for(CAMILLE, "Atelier Nord edited the reply to your review"), "May we talk it through?")
    ines.page.locator("summary", has_text="Withdraw").click()
    ines.press("Withdraw reply")
    expect(ines.page.get_by_role("button", name="Submit reply")).to_be_visible()
    worker.wait_for(CAMILLE, "Atelier Nord withdrew the reply to your review")


def test_without_a_script_a_button_checks_the_reply(person):
    expert = UserFactory.create()
    partner = PartnerFactory.create(name="Atelier Nord", slug="atelier-nord")
    MembershipFactory.create(partner=partner, user=expert, owner=True)
    review = ReviewFactory.create(partner=partner)
    ratings.rebuild(partner.pk)
    plain = person(expert, java_script_enabled=False)
    plain.open(f"/partner/atelier-nord/services/reviews/{review.public_id}/")
    plain.fill("Your reply", "Thank you for the words about the size guide.")
    plain.press("Check my reply")
    advice = plain.page.get_by_role("list", name="Advice for this reply")
    expect(advice).to_contain_text(re.compile("Takes up what they wrote"))
    plain.press("Submit reply")
    expect(plain.page.get_by_text("Published.")).to_be_visible()
