"""The main flow with scripts switched off: everything works, a little slower."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from collaborators.models import AccessRequest, Collaboration, RequestCode, RequestPolicy
from tests.browser.people import PHONE, Opener, Person
from tests.factories import CODE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

THEME_WORK = [
    "View products",
    "View themes",
    "Edit themes",
    "Edit theme code",
    "View navigation",
    "Edit navigation",
    "View content",
    "View files",
    "Edit files",
]


@pytest.fixture
def plain(person) -> Opener:
    """People whose browsers run no scripts."""
    return lambda user=None, **options: person(user, java_script_enabled=False, **options)


def begins_to_ask(partner: Person) -> None:
    partner.open("/partner/pixel-co/stores/")
    partner.follow("Request access to a store")
    partner.fill("Store URL", "maison-lavande")
    partner.fill("Collaborator request code", CODE)
    partner.fill("Message to the merchant", "Hello\nthere")


def test_a_preset_ticks_its_permissions_and_keeps_what_was_typed(plain, world):
    partner = plain(world.people["other_partner_owner"])
    begins_to_ask(partner)
    partner.page.get_by_label("No end date").check()
    partner.press("Theme work")
    assert partner.ticked() == THEME_WORK
    expect(partner.page.get_by_label("Store URL")).to_have_value("maison-lavande")
    expect(partner.page.get_by_label("Collaborator request code")).to_have_value(CODE)
    expect(partner.page.get_by_label("Message to the merchant")).to_have_value("Hello\nthere")
    expect(partner.page.get_by_label("No end date")).to_be_checked()
    expect(partner.page.locator(".error")).to_have_count(0)
    assert not AccessRequest.objects.filter(partner__slug="pixel-co").exists()

    partner.press("Send request")
    sent = AccessRequest.objects.get(partner__slug="pixel-co")
    assert len(sent.permissions) == len(THEME_WORK)
    assert sent.ends_at is None
    assert sent.message == "Hello\nthere"


def test_the_enter_key_in_a_field_sends_the_request_and_applies_no_preset(plain, world):
    partner = plain(world.people["other_partner_owner"])
    begins_to_ask(partner)
    partner.box("View files").check()
    with partner.page.expect_navigation():
        partner.page.get_by_label("Store URL").press("Enter")
    assert AccessRequest.objects.get(partner__slug="pixel-co").permissions == ["files.view"]


def test_a_missing_dependency_is_a_sentence_beside_the_permissions_and_keeps_what_was_typed(plain, world):
    partner = plain(world.people["other_partner_owner"])
    begins_to_ask(partner)
    until = timezone.localdate() + timedelta(days=12)
    partner.fill("Last day", until.isoformat())
    partner.box("Edit themes").check()
    partner.press("Send request", status=422)
    permissions = partner.page.locator(".field", has_text="Permissions you need")
    expect(permissions.locator(".error")).to_have_text("“Edit themes” also needs “View themes”.")
    assert partner.ticked() == ["Edit themes"]
    expect(partner.page.get_by_label("Store URL")).to_have_value("maison-lavande")
    expect(partner.page.get_by_label("Collaborator request code")).to_have_value(CODE)
    expect(partner.page.get_by_label("Message to the merchant")).to_have_value("Hello\nthere")
    expect(partner.page.get_by_label("Last day")).to_have_value(until.isoformat())
    assert not AccessRequest.objects.filter(partner__slug="pixel-co").exists()

    partner.box("View themes").check()
    partner.press("Send request")
    expect(partner.page.get_by_text("Sent. You are told as soon as the merchant answers.")).to_be_visible()
    assert AccessRequest.objects.get(partner__slug="pixel-co").permissions == ["themes.view", "themes.edit"]


def test_a_wrong_code_is_one_sentence_that_tells_nothing_of_the_store(plain, world):
    partner = plain(world.people["other_partner_owner"])
    begins_to_ask(partner)
    partner.box("View files").check()
    partner.fill("Collaborator request code", "0000")
    partner.press("Send request", status=422)
    told = partner.page.get_by_role("alert").inner_text()
    partner.fill("Store URL", "no-such-store")
    partner.press("Send request", status=422)
    assert partner.page.get_by_role("alert").inner_text() == told
    assert partner.ticked() == ["View files"]


def opens_the_request(owner: Person) -> None:
    owner.open("/store/maison-lavande/")
    owner.follow("Review request")


def test_a_request_is_approved_with_a_role_applied(plain, world):
    owner = plain(world.people["owner"])
    opens_the_request(owner)
    until = timezone.localdate() + timedelta(days=20)
    owner.page.get_by_label("Until", exact=True).check()
    owner.fill("Last day", until.isoformat())
    owner.page.get_by_label("Use a role").select_option(label="App support")
    owner.press("Apply")
    assert owner.ticked() == ["View themes", "View apps", "Install apps", "Remove apps", "View settings"]
    expect(owner.page.get_by_label("Last day")).to_have_value(until.isoformat())
    assert AccessRequest.objects.get(pk=world.pending.pk).status == AccessRequest.Status.PENDING

    owner.box("Remove apps").uncheck()
    owner.press("Approve request")
    expect(owner.page.get_by_text("Approved. Atelier Nord may enter now.")).to_be_visible()
    granted = Collaboration.objects.get(partner=world.asking)
    assert granted.permissions == ["themes.view", "apps.view", "apps.install", "settings.view"]


def test_applying_no_role_approves_nothing(plain, world):
    owner = plain(world.people["owner"])
    opens_the_request(owner)
    with owner.page.expect_navigation():
        owner.page.get_by_role("button", name="Apply", exact=True).click()
    assert AccessRequest.objects.get(pk=world.pending.pk).status == AccessRequest.Status.PENDING


def test_an_approval_that_lacks_a_dependency_says_so_and_keeps_the_rest(plain, world):
    owner = plain(world.people["owner"])
    opens_the_request(owner)
    owner.box("View themes").uncheck()
    owner.press("Approve request", status=422)
    expect(owner.page.locator("#approval .error")).to_have_text("“Edit themes” also needs “View themes”.")
    assert owner.ticked() == ["View products", "View customers", "Edit themes"]
    expect(owner.page.get_by_text("3 of 4 permissions kept")).to_be_visible()
    assert AccessRequest.objects.get(pk=world.pending.pk).status == AccessRequest.Status.PENDING


def test_a_request_is_declined_with_a_reason_behind_a_fold(plain, world):
    owner = plain(world.people["owner"])
    opens_the_request(owner)
    expect(owner.page.get_by_label("Reason (optional)")).to_be_hidden()
    owner.page.locator("summary", has_text="Decline").click()
    owner.fill("Reason (optional)", "Not this year.\nAsk again in spring.")
    owner.press("Decline request")
    expect(owner.page.get_by_text("Declined. Atelier Nord is told.")).to_be_visible()
    assert AccessRequest.objects.get(pk=world.pending.pk).reason == "Not this year.\nAsk again in spring."

    partner = plain(world.people["partner_owner"])
    partner.open("/partner/atelier-nord/stores/")
    partner.follow("See maison-lavande")
    expect(partner.page.locator("blockquote", has_text="Ask again in spring.")).to_be_visible()


def test_a_request_is_withdrawn(plain, world):
    partner = plain(world.people["partner_owner"])
    partner.open("/partner/atelier-nord/")
    partner.follow("See maison-lavande")
    partner.press("Withdraw request")
    expect(partner.page.get_by_text("Withdrawn. The merchant no longer has to answer.")).to_be_visible()
    assert AccessRequest.objects.get(pk=world.pending.pk).status == AccessRequest.Status.WITHDRAWN


def test_access_is_changed_limited_and_revoked(plain, world):
    owner = plain(world.people["owner"])
    owner.open("/store/maison-lavande/settings/users/collaborators/")
    owner.follow("Manage Bureau Lumen")
    owner.page.locator("summary", has_text="More permissions").click()
    owner.box("View files").check()
    owner.press("Save permissions")
    expect(owner.page.get_by_text("Saved. It holds from now on.")).to_be_visible()
    until = timezone.localdate() + timedelta(days=5)
    owner.page.get_by_label("Until", exact=True).check()
    owner.fill("Last day", until.isoformat())
    owner.press("Save the end")
    expect(owner.page.locator(".page-head .badge")).to_contain_text("Ends in")
    owner.page.locator("summary", has_text="Revoke access").click()
    owner.press("Revoke access")
    expect(owner.page.get_by_text("Revoked. Bureau Lumen can no longer enter.")).to_be_visible()
    world.collaboration.refresh_from_db()
    assert world.collaboration.permissions == ["orders.view", "products.view", "files.view"]
    assert world.collaboration.ended_how == Collaboration.EndedBy.REVOKED


def test_a_partner_leaves_a_store(plain, world):
    partner = plain(world.people["collaborator"])
    partner.open("/partner/bureau-lumen/stores/")
    partner.follow("See Maison Lavande")
    partner.page.locator("summary", has_text="Leave store").click()
    partner.press("Leave store")
    expect(partner.page.get_by_text("You left Maison Lavande.")).to_be_visible()
    partner.open("/store/maison-lavande/", status=404)


def test_switcher_menu_and_bell_open_by_themselves_on_a_phone(plain, world):
    owner = plain(world.people["owner"], viewport=PHONE)
    owner.open("/store/maison-lavande/")
    menu = owner.page.get_by_role("navigation", name="Main")
    expect(menu).to_be_hidden()
    owner.page.get_by_role("button", name="Menu").click()
    expect(menu).to_be_visible()
    owner.follow("Your access", within=menu)
    expect(owner.page.get_by_role("heading", name="Your access", level=1)).to_be_visible()

    owner.page.locator("button.switcher").click()
    expect(owner.page.locator("#switcher-list")).to_be_visible()
    owner.page.get_by_role("button", name="Notifications").click()
    expect(owner.page.locator("#switcher-list")).to_be_hidden()
    owner.follow("See all", within=owner.page.locator("#bell-list"))
    expect(owner.page.get_by_role("heading", name="Notifications", level=1)).to_be_visible()

    owner.page.locator("button.switcher").click()
    owner.follow("Maison Lavande", within=owner.page.locator("#switcher-list"))
    expect(owner.page.locator("button.switcher")).to_contain_text("Store admin")

    owner.page.get_by_role("button", name="Your account").click()
    owner.press("Sign out", within=owner.page.locator("#person-menu"))
    expect(owner.page.get_by_role("heading", name="Partners and merchants, in agreement.")).to_be_visible()


def test_a_new_code_is_made_and_only_it_opens(plain, world):
    owner = plain(world.people["owner"])
    owner.open("/store/maison-lavande/settings/users/collaborators/")
    expect(owner.page.locator(".code-shown [aria-hidden]")).to_have_text("••••")
    owner.press("Show code")
    expect(owner.page.get_by_role("button", name="Copy")).to_be_hidden()
    expect(owner.page.locator(".code-shown [aria-hidden]")).to_have_text(CODE)
    owner.press("New code")
    expect(owner.page.get_by_text("There is a new code. The old one no longer works.")).to_be_visible()
    digits = owner.page.locator(".code-shown [aria-hidden]").inner_text()
    assert re.fullmatch(r"\d{4}", digits)
    assert digits != CODE
    assert RequestCode.objects.get(store=world.store, ended_at=None).digits == digits


def test_the_policy_is_chosen(plain, world):
    owner = plain(world.people["owner"])
    owner.open("/store/maison-lavande/settings/users/collaborators/")
    owner.follow("Security")
    expect(owner.page.get_by_label("Only with the code")).to_be_checked()
    owner.page.get_by_label("Nobody").check()
    owner.press("Save")
    expect(owner.page.get_by_text("Saved. From now on this decides who may ask.")).to_be_visible()
    expect(owner.page.get_by_label("Nobody")).to_be_checked()
    assert RequestPolicy.objects.get(store=world.store).rule == RequestPolicy.Rule.NOBODY


def test_notifications_are_read_one_by_one_or_all_at_once(plain, world, deliver):
    owner = plain(world.people["owner"])
    owner.open("/store/maison-lavande/settings/users/security/")
    owner.press("New code")
    owner.press("New code")
    deliver()
    owner.open("/notifications/")
    lines = owner.page.get_by_role("main").get_by_role("listitem")
    expect(lines).to_have_count(2)
    expect(owner.page.get_by_text("unread", exact=True)).to_have_count(2)
    owner.click(lines.first.get_by_role("button"))
    expect(owner.page.get_by_role("heading", name="Users and permissions")).to_be_visible()
    owner.open("/notifications/")
    expect(owner.page.get_by_text("unread", exact=True)).to_have_count(1)
    owner.press("Mark all as read")
    expect(owner.page.get_by_text("unread", exact=True)).to_have_count(0)


def test_the_summary_is_drawn_by_the_server_and_ticks_what_is_required(plain, world):
    partner = plain(world.people["other_partner_owner"])
    begins_to_ask(partner)
    partner.box("Edit theme code").check()
    partner.press("Update summary")
    assert partner.ticked() == ["View themes", "Edit theme code"]
    expect(partner.page.locator("#summary")).to_contain_text("You ask to view themes and edit their code.")
    expect(partner.page.get_by_label("Message to the merchant")).to_have_value("Hello\nthere")
    partner.press("Send request")
    assert AccessRequest.objects.get(partner__slug="pixel-co").permissions == ["themes.view", "themes.edit_code"]


def test_a_filled_form_is_kept_as_a_template_and_used_again(plain, world):
    partner = plain(world.people["other_partner_owner"])
    begins_to_ask(partner)
    partner.box("View files").check()
    partner.page.locator("summary", has_text="Save as template").click()
    partner.fill("Name of the template", "Pictures")
    partner.press("Save as template")
    expect(partner.page.get_by_text("The template Pictures is kept.")).to_be_visible()
    partner.open("/partner/pixel-co/stores/request/")
    partner.page.get_by_label("One of your templates").select_option("Pictures")
    partner.press("Use this template")
    assert partner.ticked() == ["View files"]
    expect(partner.page.get_by_label("Message to the merchant")).to_have_value("Hello\nthere")


def test_more_is_asked_seen_declined_and_reopened(plain, world):
    partner, owner = plain(world.people["collaborator"]), plain(world.people["owner"])
    partner.open("/partner/bureau-lumen/stores/")
    partner.follow("See Maison Lavande")
    partner.follow("Ask for more")
    partner.box("View files").check()
    partner.press("Send request")
    expect(partner.page.get_by_role("heading", name="Maison Lavande")).to_be_visible()
    asked = AccessRequest.objects.get(more_of=world.collaboration)

    owner.open(f"/store/maison-lavande/settings/users/collaborators/requests/{asked.public_id}/")
    owner.press("Let them know that you have seen it")
    expect(owner.page.get_by_text("First opened by Owner")).to_be_visible()
    partner.page.reload()
    expect(partner.page.get_by_text("Seen on")).to_be_visible()

    owner.page.locator("summary", has_text="Decline").click()
    owner.press("Decline request")
    owner.press("Reopen the request")
    expect(owner.page.get_by_role("heading", name="Bureau Lumen asks for more access")).to_be_visible()
    owner.press("Approve request")
    expect(owner.page.get_by_text("Approved. It holds from now on.")).to_be_visible()
    world.collaboration.refresh_from_db()
    assert world.collaboration.permissions == ["orders.view", "products.view", "files.view"]


def test_what_is_ticked_becomes_a_role_and_stays_ticked(plain, world):
    owner = plain(world.people["owner"])
    owner.open(f"/store/maison-lavande/settings/users/collaborators/requests/{world.pending.public_id}/")
    owner.box("View customers").uncheck()
    owner.page.locator("summary", has_text="Make this a role").click()
    name = owner.page.get_by_role("textbox", name="Name", exact=True)
    name.fill("Theme work, small")
    owner.press("Make the role")
    expect(owner.page.get_by_text("The role Theme work, small is made.")).to_be_visible()
    assert owner.ticked() == ["View products", "View themes", "Edit themes"]
    assert AccessRequest.objects.get(pk=world.pending.pk).is_pending


def test_the_enter_key_in_the_name_of_a_role_or_template_keeps_it_and_nothing_else(plain, world):
    owner, partner = plain(world.people["owner"]), plain(world.people["other_partner_owner"])
    owner.open(f"/store/maison-lavande/settings/users/collaborators/requests/{world.pending.public_id}/")
    owner.page.locator("summary", has_text="Make this a role").click()
    name = owner.page.get_by_role("textbox", name="Name", exact=True)
    name.fill("Small")
    with owner.page.expect_navigation():
        name.press("Enter")
    expect(owner.page.get_by_text("The role Small is made.")).to_be_visible()
    assert AccessRequest.objects.get(pk=world.pending.pk).is_pending

    begins_to_ask(partner)
    partner.box("View files").check()
    partner.page.locator("summary", has_text="Save as template").click()
    name = partner.page.get_by_label("Name of the template")
    name.fill("Pictures")
    with partner.page.expect_navigation():
        name.press("Enter")
    expect(partner.page.get_by_text("The template Pictures is kept.")).to_be_visible()
    assert not AccessRequest.objects.filter(partner__slug="pixel-co").exists()
