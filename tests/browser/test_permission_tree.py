"""The tree of permissions with a script: it thinks along."""

import pytest
from playwright.sync_api import Route, expect

from collaborators.models import AccessRequest
from tests.browser.people import Person
from tests.factories import CODE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asking(person, world) -> Person:
    """A partner with the form open."""
    partner = person(world.people["other_partner_owner"])
    partner.open("/partner/pixel-co/stores/request/")
    return partner


@pytest.fixture
def deciding(person, world) -> Person:
    """A merchant with a request open: products.view, themes.view, themes.edit, customers.view."""
    owner = person(world.people["owner"])
    owner.open(f"/store/maison-lavande/settings/users/collaborators/requests/{world.pending.public_id}/")
    return owner


def summary(partner: Person):
    return partner.page.locator("[data-summary]")


def test_ticking_one_ticks_what_it_requires(asking):
    asking.box("Edit theme code").check()
    assert asking.ticked() == ["View themes", "Edit theme code"]
    asking.box("Manage shipping").check()
    assert asking.ticked() == ["View products", "View themes", "Edit theme code", "View settings", "Manage shipping"]


def test_unticking_one_unticks_what_depends_on_it(asking):
    for label in ("Edit products", "Export products", "Manage shipping", "Manage taxes"):
        asking.box(label).check()
    asking.box("View products").uncheck()
    assert asking.ticked() == ["View settings", "Manage taxes"]
    asking.box("View settings").uncheck()
    assert asking.ticked() == []


def test_unticking_what_nothing_depends_on_leaves_the_rest(asking):
    asking.box("Edit themes").check()
    asking.box("Publish themes").check()
    asking.box("Edit themes").uncheck()
    assert asking.ticked() == ["View themes", "Publish themes"]


def test_the_search_leaves_what_matches_and_keeps_what_is_ticked(asking):
    asking.box("View files").check()
    search = asking.page.get_by_role("searchbox", name="Search permissions")
    search.fill("THÈME")
    expect(asking.page.locator(".check:visible")).to_have_count(4)
    expect(asking.page.locator(".tree fieldset:visible legend")).to_have_text(["Online store"])
    search.fill("every visitor’s browser")  # the sentence of a sensitive one
    expect(asking.page.locator(".check:visible")).to_have_count(1)
    expect(asking.box("Edit theme code")).to_be_visible()
    search.fill("no such thing")
    expect(asking.page.locator(".check:visible")).to_have_count(0)
    search.press("Enter")
    expect(asking.page).to_have_url(asking.page.url)
    search.fill("")
    expect(asking.page.locator(".check[hidden]")).to_have_count(0)
    assert asking.ticked() == ["View files"]


def test_the_enter_key_in_a_field_sends_the_request_and_applies_no_preset(asking):
    asking.fill("Collaborator request code", CODE)
    asking.box("View files").check()
    field = asking.page.get_by_label("Store URL")
    field.fill("maison-lavande")
    with asking.page.expect_navigation(timeout=5_000):
        field.press("Enter")
    assert AccessRequest.objects.get(partner__slug="pixel-co").permissions == ["files.view"]


def test_presets_replace_what_was_ticked(asking):
    asking.box("Delete customers").check()
    asking.page.get_by_role("button", name="Bookkeeping").click()
    assert asking.ticked() == ["View orders", "Export orders", "View analytics", "View finances", "Manage payouts"]
    asking.page.get_by_role("button", name="App support").click()
    assert asking.ticked() == ["View themes", "View apps", "Install apps", "Remove apps", "View settings"]
    asking.box("View apps").uncheck()
    assert asking.ticked() == ["View themes", "View settings"]


def test_what_is_asked_for_is_said_in_words_all_along(asking):
    expect(summary(asking)).to_have_text("You have not chosen any permission yet.")
    asking.box("Edit theme code").check()
    expect(summary(asking)).to_have_text("You ask to view themes and edit their code.")
    asking.box("View customers").check()
    expect(summary(asking)).to_have_text(
        "You ask to view themes and edit their code, and to view customers (personal data)."
    )
    asking.box("View themes").uncheck()
    asking.box("View customers").uncheck()
    expect(summary(asking)).to_have_text("You have not chosen any permission yet.")


def test_what_a_store_would_give_is_said_in_words_all_along(person, world):
    owner = person(world.people["owner"])
    owner.open("/store/maison-lavande/settings/users/collaborators/invitations/new/")
    expect(summary(owner)).to_have_text("You have not chosen any permission yet.")
    owner.box("Edit theme code").check()
    expect(summary(owner)).to_have_text("This allows them to view themes and edit their code.")
    owner.box("View themes").uncheck()
    expect(summary(owner)).to_have_text("You have not chosen any permission yet.")


def test_the_search_finds_what_waits_behind_the_fold(deciding):
    expect(deciding.box("View finances")).to_be_hidden()
    deciding.page.get_by_role("searchbox", name="Search permissions").fill("payouts")
    expect(deciding.box("Manage payouts")).to_be_visible()
    expect(deciding.box("View themes")).to_be_hidden()


def test_a_refused_form_comes_back_with_its_summary(asking):
    asking.box("View files").check()
    asking.press("Send request", status=422)
    expect(summary(asking)).to_have_text("You ask to view files.")


def test_picking_a_day_means_until_that_day(asking):
    asking.page.get_by_label("No end date").check()
    asking.fill("Last day", "2030-01-01")
    expect(asking.page.get_by_label("Until", exact=True)).to_be_checked()


def test_a_second_click_on_send_request_sends_nothing_more(asking):
    asking.fill("Store URL", "maison-lavande")
    asking.fill("Collaborator request code", CODE)
    asking.box("View files").check()
    on_their_way: list[Route] = []
    asking.page.route("**/stores/request/", lambda route: on_their_way.append(route))
    send = asking.page.get_by_role("button", name="Send request")
    send.scroll_into_view_if_needed()
    box = send.bounding_box()
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    with asking.page.expect_request("**/stores/request/"):
        asking.page.mouse.click(*place)
    asking.page.mouse.click(*place)
    with asking.page.expect_navigation():
        on_their_way[-1].continue_()
    expect(asking.page.get_by_text("Sent. You are told as soon as the merchant answers.")).to_be_visible()
    assert len(on_their_way) == 1
    assert AccessRequest.objects.filter(partner__slug="pixel-co").count() == 1


def test_a_double_click_on_send_request_sends_one(asking):
    asking.fill("Store URL", "maison-lavande")
    asking.fill("Collaborator request code", CODE)
    asking.box("View files").check()
    with asking.page.expect_navigation():
        asking.page.get_by_role("button", name="Send request").dblclick()
    expect(asking.page.get_by_text("Sent. You are told as soon as the merchant answers.")).to_be_visible()
    assert AccessRequest.objects.filter(partner__slug="pixel-co").count() == 1


def test_after_going_back_the_form_can_be_sent_again(asking):
    asking.box("View files").check()
    asking.press("Send request", status=422)
    asking.page.go_back()
    asking.fill("Store URL", "maison-lavande")
    asking.fill("Collaborator request code", CODE)
    asking.box("View files").check()
    asking.press("Send request")
    assert AccessRequest.objects.filter(partner__slug="pixel-co").count() == 1


def test_the_review_counts_the_asked_permissions_that_are_kept(deciding):
    counter = deciding.page.locator("#approval footer")
    expect(counter).to_contain_text("4 of 4 permissions kept")
    deciding.box("View themes").uncheck()
    expect(counter).to_contain_text("2 of 4 permissions kept")
    deciding.box("Publish themes").check()  # not asked for, but it brings one back that was
    expect(counter).to_contain_text("3 of 4 permissions kept")
    deciding.box("Edit themes").check()
    expect(counter).to_contain_text("4 of 4 permissions kept")


def test_a_dropped_permission_is_struck_through_and_an_added_one_is_called_added(deciding):
    label = deciding.page.locator(".check", has=deciding.box("View customers")).locator("> span").first
    expect(label).not_to_have_css("text-decoration-line", "line-through")
    deciding.box("View customers").uncheck()
    expect(label).to_have_css("text-decoration-line", "line-through")
    never_asked = deciding.page.locator(".check", has=deciding.box("Publish themes"))
    expect(never_asked.locator(".added")).to_be_hidden()
    deciding.box("Publish themes").check()
    expect(never_asked.locator(".added")).to_be_visible()
    deciding.box("Publish themes").uncheck()
    expect(never_asked.locator(".added")).to_be_hidden()


def test_more_permissions_wait_behind_a_fold(deciding):
    expect(deciding.box("View finances")).to_be_hidden()
    deciding.page.get_by_text("More permissions").click()
    deciding.box("Manage payouts").check()
    expect(deciding.box("View finances")).to_be_checked()
    deciding.press("Approve request")
    expect(deciding.page.get_by_text("Approved. Atelier Nord may enter now.")).to_be_visible()
    assert deciding.ticked() == [
        "View products", "View customers", "View themes", "Edit themes", "View finances", "Manage payouts"
    ]  # fmt: skip


def test_the_copy_button_copies_the_code(person, world):
    owner = person(world.people["owner"], permissions=["clipboard-read", "clipboard-write"])
    owner.page.clock.install()
    owner.open("/store/maison-lavande/settings/users/collaborators/")
    owner.press("Show code")
    owner.page.get_by_role("button", name="Copy").click()
    expect(owner.page.get_by_role("button", name="Copied")).to_be_visible()
    owner.page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    owner.page.locator("textarea").focus()
    owner.page.keyboard.press("Control+V")  # pages may write to the clipboard, and never read it
    expect(owner.page.locator("textarea")).to_have_value(CODE)
    owner.page.clock.fast_forward(2_100)
    expect(owner.page.get_by_role("button", name="Copy", exact=True)).to_be_visible()


def test_whoever_may_not_grant_a_permission_cannot_tick_it(person, world):
    """A manager of users who does not hold everything."""
    role = world.store.roles.create(
        name="Front desk", permissions=["users.view", "users.manage", "products.view", "themes.view", "themes.edit"]
    )
    world.store.staff.filter(user=world.people["manager"]).update(role=role)
    manager = person(world.people["manager"])
    manager.open(f"/store/maison-lavande/settings/users/collaborators/requests/{world.pending.public_id}/")
    expect(manager.box("View customers")).to_be_disabled()
    assert manager.ticked() == ["View products", "View themes", "Edit themes"]
    manager.press("Approve request")
    expect(manager.page.get_by_text("Approved. Atelier Nord may enter now.")).to_be_visible()
