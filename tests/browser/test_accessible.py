"""axe finds nothing to say about any page, light and dark, at a desk and on a phone."""

from collections import Counter
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

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AROUND = {  # who looks in which test: several tests, several workers
    "outside": {"signed_out", "newcomer"},
    "in a store": {"owner", "other_owner"},
    "in a store with less": {"empty_handed", "manager", "staff_without_the_right"},
    "at a partner": {"secured", "unready", "other_partner_owner", "partner_owner", "member_without", "revoked"},
    "as a collaborator": {"collaborator"},
}

CHECK = """async tags => {
    const { violations } = await axe.run({
        ...(tags && { runOnly: tags }),
        resultTypes: ["violations"],
        rules: { "target-size": { enabled: true } },  // of WCAG 2.2, and off by itself
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
        `${id} at ${target.join(" ")}: ${[...any, ...all, ...none].map(check => check.message).join("; ")}`));
}"""


def findings(page: Page, tags: list[str] | None = None) -> dict[str, list[str]]:
    """What axe says in each light and at each width; the same finding under several of them is one."""
    found: dict[str, list[str]] = {}
    for place, size in (("1280", DESKTOP), ("390", PHONE)):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for finding in page.evaluate(CHECK, tags):
                found.setdefault(finding, []).append(f"{place} {scheme}")
    return found


def look(somebody: Person, picture: Picture) -> list[str]:
    picture.show(somebody)
    somebody.page.evaluate(AXE_SCRIPT)
    found = findings(somebody.page)
    somebody.page.set_viewport_size(DESKTOP)
    return [f"{picture}, {', '.join(where)}: {finding}" for finding, where in found.items()]


@pytest.mark.timeout(600)  # some forty pages, each four times
@pytest.mark.parametrize("around", AROUND)
def test_axe_has_nothing_to_say_about_any_page(person, world, shown, around):
    found: list[str] = []
    for who in sorted(AROUND[around]):
        somebody = person(world.people[who])
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
    """A mail has no landmarks; the rules of WCAG hold for it as for a page."""
    furnish(world)
    deliver()
    reader = person()
    assert len(mail.outbox) >= 3
    for letter in mail.outbox:
        reader.page.set_content(str(letter.alternatives[0].content))
        reader.page.evaluate(AXE_SCRIPT)
        assert not findings(reader.page, tags=["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]), letter.subject


def test_every_page_hangs_in_the_gallery(shown):
    assert addresses() <= {picture.view for picture in shown}
    assert {picture.who for picture in shown} == set().union(*AROUND.values())


def test_no_two_pictures_in_the_gallery_have_the_same_note(shown):
    assert [note for note, times in Counter(map(str, shown)).items() if times > 1] == []
