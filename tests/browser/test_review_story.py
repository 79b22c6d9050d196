"""From the yes to a job to its review, in the same breath and without a mouse; and the yes that asks for nothing."""

import pytest
from playwright.sync_api import Locator, expect

from reviews.models import Review, ReviewInvitation
from tests.browser.people import Person
from tests.factories import CompletionRequestFactory, JobFactory, MembershipFactory, PartnerFactory, StoreFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MERCHANT, EXPERT = "camille@maison-lavande.example", "ines@atelier-nord.example"
WORDS = "Clear at every step, and done a day early."


@pytest.fixture
def completion():
    """Waits for the yes of Camille."""
    store = StoreFactory.create(
        name="Maison Lavande", handle="maison-lavande", owner__name="Camille Roy", owner__email=MERCHANT
    )
    partner = PartnerFactory.create(name="Atelier Nord", slug="atelier-nord")
    ines = MembershipFactory.create(partner=partner, owner=True, user__name="Inès Caron", user__email=EXPERT).user
    job = JobFactory.create(store=store, partner=partner, in_progress=True, received=180_000, title="Theme refresh")
    return CompletionRequestFactory.create(job=job, requested_by=ines)


def approves(somebody: Person, completion) -> None:
    somebody.open(f"/store/maison-lavande/jobs/{completion.job.public_id}/")
    somebody.press("Approve completion")


def heading(somebody: Person) -> Locator:
    return somebody.page.get_by_role("heading", level=1)


def reach(somebody: Person, target: Locator) -> None:
    """With the Tab key alone."""
    for _press in range(60):
        somebody.page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached by keyboard")


def test_the_yes_to_a_job_leads_to_its_review_which_is_written_by_keyboard(person, worker, completion):
    camille = person(completion.job.store.owner)
    page = camille.page
    approves(camille, completion)
    expect(heading(camille)).to_have_text("How did Atelier Nord do?")
    expect(page.get_by_text("Approved. The job is completed, and Atelier Nord is told.")).to_be_visible()

    communication = page.get_by_role("group", name="Communication")
    reach(camille, communication.get_by_role("radio", name="1 of 5"))
    page.keyboard.press("Space")
    for _star in range(4):
        page.keyboard.press("ArrowRight")
    expect(communication.get_by_role("radio", name="5 of 5")).to_be_checked()
    quality = page.get_by_role("group", name="Quality of work")
    reach(camille, quality.get_by_role("radio", name="1 of 5"))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    reach(camille, page.get_by_label("In your words"))
    expect(page.get_by_label("In your words")).to_be_focused()

    # Two of five asks for a text, and nothing that was chosen is lost.
    publish = page.get_by_role("button", name="Publish review")
    reach(camille, publish)
    with page.expect_navigation() as arrival:
        page.keyboard.press("Enter")
    camille._look_at(arrival.value, 422)
    expect(page.get_by_text("a rating of 1 or 2 needs a text")).to_be_visible()
    expect(communication.get_by_role("radio", name="5 of 5")).to_be_checked()
    reach(camille, quality.get_by_role("radio", name="2 of 5"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    reach(camille, page.get_by_label("In your words"))
    page.keyboard.type(WORDS)
    expect(page.get_by_text(f"{len(WORDS)} of 2,000 characters")).to_be_visible()

    reach(camille, page.get_by_role("button", name="Preview"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    preview = page.get_by_role("region", name="How it will read")
    expect(preview.get_by_text(WORDS)).to_be_visible()
    expect(preview.get_by_role("img", name="4 of 5")).to_be_visible()
    assert not Review.objects.exists()
    reach(camille, preview.get_by_role("button", name="Publish review"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("Published. Atelier Nord is told, and may reply.")).to_be_visible()

    camille.follow("Reviews", within=page.get_by_role("navigation", name="Main"))
    expect(page.get_by_text(WORDS)).to_be_visible()
    letter = worker.wait_for(EXPERT, "Maison Lavande reviewed your work")
    for fact in (WORDS, "5 of 5", "4 of 5", "Completed job"):
        assert fact in letter.body


def test_the_yes_of_an_owner_who_belongs_to_the_partner_asks_for_nothing(person, completion):
    MembershipFactory.create(partner=completion.job.partner, user=completion.job.store.owner)
    camille = person(completion.job.store.owner)
    approves(camille, completion)
    expect(heading(camille)).to_have_text("Theme refresh")
    camille.follow("Reviews", within=camille.page.get_by_role("navigation", name="Main"))
    expect(camille.page.get_by_text("Nothing is to be reviewed")).to_be_visible()
    assert not ReviewInvitation.objects.exists()
