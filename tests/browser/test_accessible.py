"""axe finds nothing to say about any page, light and dark, at a desk and on a phone; and no page is too wide."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.core import mail
from django.db import OperationalError
from playwright.sync_api import Page
from psycopg2.errors import LockNotAvailable

from config import dashboards
from tests.browser.gallery import Picture, addresses, furnish
from tests.browser.people import DESKTOP, PHONE, Person
from tests.browser.sizes import SIZES, TOO_WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AROUND = {  # who looks in which test: several tests, several workers
    "outside": {"signed_out", "newcomer"},
    "in a store": {"owner", "other_owner"},
    "in a store with less": {"empty_handed", "manager", "staff_without_the_right"},
    "at a partner": {"secured", "unready", "other_partner_owner", "partner_owner", "member_without", "revoked"},
    "as a collaborator": {"collaborator"},
}

CHECK = """async ({ tags, coloursOnly }) => {
    const ofColour = () => axe.getRules(["cat.color"]).filter(({ tags }) => !tags.includes("wcag2aaa"));
    const { violations } = await axe.run({
        ...(tags && { runOnly: tags }),
        ...(coloursOnly && { runOnly: { type: "rule", values: ofColour().map(({ ruleId }) => ruleId) } }),
        resultTypes: ["violations"],
        ...(!coloursOnly && { rules: { "target-size": { enabled: true } } }),  // of WCAG 2.2, and off by itself
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
        `${id} at ${target.join(" ")}: ${[...any, ...all, ...none].map(check => check.message).join("; ")}`));
}"""

MAILS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]  # a mail has no landmarks


def findings(page: Page, place: str, tags: list[str] | None = None) -> Iterator[tuple[str, str]]:
    """What axe says in each light, and where. Of a page only colours change with the light."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for finding in page.evaluate(CHECK, {"tags": tags, "coloursOnly": scheme == "dark" and not tags}):
            yield finding, f"{place} {scheme}"


def look(somebody: Person, picture: Picture) -> list[str]:
    """The same finding in several places is one."""
    page = somebody.page
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(DESKTOP)
    picture.show(somebody)
    page.evaluate(AXE_SCRIPT)
    found: dict[str, list[str]] = {}
    for place, size in SIZES.items():
        if picture.state.endswith("on a phone") and size == DESKTOP:
            continue  # a menu that wide windows have no button for
        page.set_viewport_size(size)
        said = [(f"too wide: {what}", place) for what in page.evaluate(TOO_WIDE)]
        if size in (DESKTOP, PHONE):
            said += findings(page, place)
        for finding, where in said:
            found.setdefault(finding, []).append(where)
    return [f"{picture}, {', '.join(where)}: {finding}" for finding, where in found.items()]


@pytest.mark.timeout(600)  # some forty pages, each at four sizes
@pytest.mark.parametrize("around", AROUND)
def test_axe_has_nothing_to_say_about_any_page_and_none_scrolls_sideways_or_is_cut_off(person, world, shown, around):
    found: list[str] = []
    for who in sorted(AROUND[around]):
        somebody = person(world.people[who], device_scale_factor=2)
        for picture in shown:
            if picture.who == who:
                found += look(somebody, picture)
    assert not found, "\n".join(found)


def test_axe_has_nothing_to_say_about_pages_for_what_broke(person, world, monkeypatch):
    somebody = person(world.people["owner"])
    busy = OperationalError("canceling statement due to lock timeout")
    busy.__cause__ = LockNotAvailable()
    found: list[str] = []
    for error, status in ((ValueError("a broken page"), 500), (busy, 409)):
        monkeypatch.setattr(dashboards, "_greeting", Mock(side_effect=error))
        found += look(somebody, Picture("owner", "store-home", (world.store.handle,), str(status), status))
    assert not found, "\n".join(found)


def test_axe_has_nothing_to_say_about_mails(person, world, deliver):
    """The rules of WCAG hold for a mail as for a page."""
    furnish(world)
    deliver()
    reader = person()
    assert len(mail.outbox) >= 3
    for letter in mail.outbox:
        reader.page.set_content(str(letter.alternatives[0].content))
        reader.page.evaluate(AXE_SCRIPT)
        for place, size in (("1280", DESKTOP), ("390", PHONE)):
            reader.page.set_viewport_size(size)
            assert not [*findings(reader.page, place, tags=MAILS)], letter.subject


def test_pages_differ_in_the_dark_by_their_colours_alone():
    """`light-dark()` takes nothing but colours: that is why axe looks at nothing else once more in the dark."""
    sources = [*Path("static").rglob("*.css"), *Path("static").rglob("*.js"), *Path("templates").rglob("*.html")]
    asking = {path.name for path in sources if "prefers-color-scheme" in path.read_text()}
    assert asking == {"mail_layout.html"}  # with mails, everything is looked at
    assert any("light-dark(" in path.read_text() for path in sources)


def test_axe_sees_what_is_too_pale_in_the_dark_only(person, world):
    owner = person(world.people["owner"])
    owner.open("/store/maison-lavande/")
    owner.page.evaluate(AXE_SCRIPT)
    assert [*findings(owner.page, "1280")] == []
    owner.page.locator("main h1").evaluate("title => title.style.color = 'light-dark(black, #333)'")
    assert {where for _finding, where in findings(owner.page, "1280")} == {"1280 dark"}


def test_every_page_hangs_in_the_gallery(shown):
    assert addresses() <= {picture.view for picture in shown}
    assert {picture.who for picture in shown} == set().union(*AROUND.values())


def test_no_two_pictures_in_the_gallery_have_the_same_note(shown):
    assert [note for note, times in Counter(map(str, shown)).items() if times > 1] == []
