"""With the keyboard alone; on narrow, wide and enlarged screens; with names as long and strange as they come."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from collaborators import actions
from collaborators.models import AccessRequest, RequestCode
from tests.browser.gallery import furnish, rename
from tests.browser.people import DESKTOP, PHONE
from tests.browser.sizes import SIZES, SMALLEST, TOO_WIDE
from tests.factories import CODE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


# --- Keyboard -------------------------------------------------------------------------------------------------------


def tab_to(page: Page, target: Locator, *, at_most: int = 120) -> None:
    """Press Tab until `target` has the focus, as somebody without a mouse does."""
    for _press in range(at_most):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{at_most} times Tab never reach {target}")


def test_the_first_tab_offers_to_skip_to_the_content(person, world):
    owner = person(world.people["owner"])
    owner.open("/store/maison-lavande/settings/users/collaborators/")
    owner.page.keyboard.press("Tab")
    skip = owner.page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    assert skip.bounding_box()["width"] > 50
    owner.page.keyboard.press("Enter")
    expect(owner.page.locator("main")).to_be_focused()
    owner.page.keyboard.press("Tab")
    assert owner.page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_what_opens_over_the_page_opens_and_closes_by_keyboard(person, world, size):
    owner = person(world.people["owner"], viewport=size)
    owner.open("/store/maison-lavande/")
    page = owner.page
    bell = page.locator("#bell-list")
    for button, opened in (
        (page.locator("button.switcher"), page.locator("#switcher-list")),
        *([(page.get_by_role("button", name="Menu"), page.locator("#menu"))] if size == PHONE else []),
        (page.get_by_role("button", name="Notifications"), bell),
        (page.get_by_role("button", name="Your account"), page.locator("#person-menu")),
    ):
        tab_to(page, button)
        expect(opened).to_be_hidden()
        page.keyboard.press("Enter")
        expect(opened).to_be_visible()
        expect(opened.get_by_text("Nothing yet")).to_have_count(1 if opened == bell else 0)  # what is fetched is there
        page.keyboard.press("Tab")
        expect(opened.locator(":focus")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(opened).to_be_hidden()
        expect(button).to_be_focused()


def test_the_switcher_leads_to_another_place_by_keyboard(person, world):
    world.people["owner"].memberships.create(partner=world.working, permissions=["manage_stores"])
    owner = person(world.people["owner"])
    owner.open("/store/maison-lavande/")
    tab_to(owner.page, owner.page.locator("button.switcher"))
    owner.page.keyboard.press("Enter")
    tab_to(owner.page, owner.page.locator("#switcher-list").get_by_role("link", name="Bureau Lumen"), at_most=5)
    with owner.page.expect_navigation():
        owner.page.keyboard.press("Enter")
    expect(owner.page.locator("button.switcher")).to_contain_text("Partner dashboard")


def test_access_is_asked_for_by_keyboard_alone(person, world):
    partner = person(world.people["other_partner_owner"])
    partner.open("/partner/pixel-co/")
    page, keys = partner.page, partner.page.keyboard
    tab_to(page, page.get_by_role("link", name="Request access to a store"))
    with page.expect_navigation():
        keys.press("Enter")
    tab_to(page, page.get_by_label("Store URL"))
    keys.type("maison-lavande")
    keys.press("Tab")
    expect(page.get_by_label("Collaborator request code")).to_be_focused()
    keys.type(CODE)
    tab_to(page, page.get_by_role("searchbox"))
    keys.type("themes")
    tab_to(page, partner.box("Edit themes"), at_most=12)
    keys.press("Space")
    assert partner.ticked() == ["View themes", "Edit themes"]
    tab_to(page, page.get_by_label("Until", exact=True))
    keys.press("ArrowDown")
    expect(page.get_by_label("No end date")).to_be_checked()
    tab_to(page, page.get_by_label("Message to the merchant"))
    keys.type("Typed by keyboard.")
    tab_to(page, page.get_by_role("button", name="Send request"))
    with page.expect_navigation():
        keys.press("Enter")
    expect(page.get_by_text("Sent. You are told as soon as the merchant answers.")).to_be_visible()
    sent = AccessRequest.objects.get(partner__slug="pixel-co")
    assert sent.permissions == ["themes.view", "themes.edit"]
    assert (sent.ends_at, sent.message) == (None, "Typed by keyboard.")


def test_access_is_approved_and_revoked_by_keyboard_alone(person, world):
    owner = person(world.people["owner"])
    owner.open("/store/maison-lavande/")
    page, keys = owner.page, owner.page.keyboard
    tab_to(page, page.get_by_role("link", name="Review request"))
    with page.expect_navigation():
        keys.press("Enter")
    tab_to(page, owner.box("View customers"))
    keys.press("Space")
    tab_to(page, page.get_by_role("button", name="Approve request"))
    with page.expect_navigation():
        keys.press("Enter")
    expect(page.get_by_text("Approved. Atelier Nord may enter now.")).to_be_visible()
    tab_to(page, page.locator("summary", has_text="Revoke access"))
    keys.press("Enter")
    tab_to(page, page.get_by_role("button", name="Revoke access"), at_most=1)
    with page.expect_navigation():
        keys.press("Enter")
    expect(page.get_by_text("Revoked. Atelier Nord can no longer enter.")).to_be_visible()


def test_the_enter_key_beside_the_date_approves_and_applies_nothing_by_accident(person, world):
    """The first button of the form applies a role; Enter in a field must not press it."""
    owner = person(world.people["owner"])
    owner.open(f"/store/maison-lavande/settings/users/collaborators/requests/{world.pending.public_id}/")
    owner.page.get_by_label("Use a role").select_option(label="Bookkeeping")
    with owner.page.expect_navigation():
        owner.page.get_by_label("No end date").press("Enter")
    expect(owner.page.get_by_text("Approved. Atelier Nord may enter now.")).to_be_visible()
    assert "finances.view" not in AccessRequest.objects.get(pk=world.pending.pk).granted


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_is_always_to_be_seen(person, world, scheme):
    owner = person(world.people["owner"], color_scheme=scheme)
    owner.open(f"/store/maison-lavande/settings/users/collaborators/requests/{world.pending.public_id}/")
    seen: dict[str, bool] = {}  # a date has several stops, of which the last one shows a focus of its own
    for _press in range(60):
        owner.page.keyboard.press("Tab")
        element, is_seen = owner.page.evaluate(
            """() => {
                const element = document.activeElement, { outlineStyle, outlineWidth } = getComputedStyle(element);
                const { bottom, top } = element.getBoundingClientRect();
                const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
                return [element.outerHTML.slice(0, 150), isSeen && bottom > 0 && top < innerHeight];
            }"""
        )
        if element.startswith("<body"):
            break
        seen[element] = seen.get(element, False) or is_seen
    assert element.startswith("<body"), "the end of the page was not reached"
    assert not [element for element in seen if not seen[element]]


# --- Sizes and names ------------------------------------------------------------------------------------------------

LONG = "Wolkenkratzerfassadenreinigungsunternehmensverbandsvorsitzendenstellvertreterinnenversammlungssaal"
EMOJI = "👩🏽‍🚀🏳️‍🌈" * 12
ARABIC = "متجر اللافندر الكبير للعطور والزيوت الطبيعية " * 2
HEBREW = "סטודיו צפון לעיצוב ופיתוח"
STRANGE = [(LONG + "xx")[:100], EMOJI[:100], ARABIC[:100].strip()]
MARKUP = '<script>alert(1)</script><b>Bold</b> &amp; "quoted" \''


def strange(number: int) -> str:
    return STRANGE[number % len(STRANGE)]


@pytest.mark.timeout(600)  # some two hundred pages, each at four sizes
def test_no_page_scrolls_sideways_or_is_cut_off_whatever_the_names_in_french(person, world, shown):
    """With plain names, in English: test_accessible.py, which is there already."""
    rename(strange)
    for access_request in AccessRequest.objects.all():
        name = strange(access_request.pk)
        access_request.message, access_request.reason = name * 20, access_request.reason and name * 10
        access_request.typed_address = f"https://{name}.example/{name}{name}"[:300]
        access_request.save()
    found = []
    for who in dict.fromkeys(picture.who for picture in shown):
        somebody = person(world.people[who], locale="fr", device_scale_factor=2)
        for picture in (picture for picture in shown if picture.who == who):
            somebody.page.set_viewport_size(DESKTOP)
            picture.show(somebody)
            for name, size in SIZES.items():
                somebody.page.set_viewport_size(size)
                found += [f"{picture} at {name}: {what}" for what in somebody.page.evaluate(TOO_WIDE)]
    assert not found, "\n".join(found)


def test_what_is_too_wide_is_noticed(person, world):
    """The look at the pages above is worth something only if it sees what it looks for."""
    owner = person(world.people["owner"], viewport=PHONE)
    owner.open("/store/maison-lavande/access/")
    assert owner.page.evaluate(TOO_WIDE) == []
    owner.page.evaluate("document.querySelector('main .card .body').style.width = '400px'")
    assert "div.body" in "\n".join(owner.page.evaluate(TOO_WIDE))
    owner.page.evaluate("document.querySelector('main h1').style.width = '400px'")
    assert "page is" in "\n".join(owner.page.evaluate(TOO_WIDE))


def test_markup_in_names_and_messages_is_shown_as_text(person, world, shown):
    rename(lambda number: MARKUP)
    AccessRequest.objects.update(message=MARKUP, typed_address=MARKUP)
    AccessRequest.objects.exclude(reason="").update(reason=MARKUP)
    views = {"store-home", "collaborators:list", "collaborators:request", "collaborators:partner-stores"}
    for who in ("owner", "partner_owner"):
        somebody = person(world.people[who])
        for picture in shown:
            if picture.who == who and picture.view in views:
                picture.show(somebody)
                expect(somebody.page.locator("main")).to_contain_text(MARKUP)
                expect(somebody.page.locator("script:not([src]), main b:text-is('Bold')")).to_have_count(0)


def test_mails_fit_a_phone_whatever_the_names(person, world, deliver):
    furnish(world)
    actions.request_access(
        world.people["other_partner_owner"].memberships.get().partner,
        store_url="maison-lavande",
        code=RequestCode.objects.get(store=world.store, ended_at=None).digits,
        permissions=["themes.view", "themes.edit_code", "customers.view"],
        ends_on=None,
        message=STRANGE[0] * 3,
        by=world.people["other_partner_owner"],
    )
    rename(strange)
    deliver()
    reader = person(viewport=SMALLEST)
    assert len(mail.outbox) >= 4
    for letter in mail.outbox:
        reader.page.set_content(str(letter.alternatives[0].content))
        assert reader.page.evaluate(TOO_WIDE) == [], letter.subject


# Whether the first digit after a name stands behind it on the screen, or on a line below.
DIGIT_IS_BEHIND = """(line, name) => {
    const box = (node, from, to) => {
        const range = document.createRange();
        range.setStart(node, from);
        range.setEnd(node, to);
        return [...range.getClientRects()].at(-1);
    };
    const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    let named;
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        const start = node.data.indexOf(name), digit = node.data.search(/\\d/);
        if (start >= 0) named = box(node, start, start + name.length);
        else if (named && digit >= 0) {
            const { left, top } = box(node, digit, digit + 1);
            return top >= named.bottom - 2 || left >= named.right - 1;
        }
    }
}"""


def test_a_name_from_right_to_left_leaves_the_number_after_it_where_it_is(person, world):
    """After a Hebrew name, "3 minutes ago" would begin with the 3 on the wrong side of the name."""
    User.objects.exclude(pk=world.people["owner"].pk).update(name=HEBREW)
    before = timezone.now() - timedelta(minutes=3)
    AccessRequest.objects.filter(pk=world.pending.pk).update(asked_at=before)
    RequestCode.objects.filter(store=world.store).update(made_at=before, made_by=world.people["manager"])
    owner, partner = person(world.people["owner"]), person(world.people["partner_owner"])
    request = f"/store/maison-lavande/settings/users/collaborators/requests/{world.pending.public_id}/"
    for somebody, path, place in (
        (owner, request, ".page-head p"),
        (owner, "/store/maison-lavande/settings/users/security/", "aside footer"),
        (partner, "/partner/atelier-nord/stores/", ".rows .what small"),
    ):
        somebody.open(path)
        line = somebody.page.locator(place).filter(has_text=HEBREW).first
        expect(line).to_contain_text(re.compile(r"\d\sminutes ago"))
        assert line.evaluate(DIGIT_IS_BEHIND, HEBREW) is True, path
