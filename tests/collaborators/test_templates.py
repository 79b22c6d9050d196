"""What a partner asks for often: kept under a name, chosen on the form, carried by a link."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.errors import NotAllowed
from collaborators import actions, filling
from collaborators.errors import TemplateIsGone, TemplateNameTaken, TooManyTemplates
from collaborators.models import AccessRequest, RequestTemplate
from notifications.models import Event
from stores.errors import MissingPermissions, NoPermissions, StaffOnlyPermission
from tests.factories import CODE, AccessRequestFactory, CollaborationFactory, MembershipFactory, RequestTemplateFactory

pytestmark = pytest.mark.django_db

THEMES = ["themes.view", "themes.edit"]


@pytest.fixture
def membership():
    return MembershipFactory.create(stores=True, partner__slug="atelier-nord")


@pytest.fixture
def template(membership):
    return RequestTemplateFactory.create(
        partner=membership.partner, name="Theme work", permissions=THEMES, days=30, message="As agreed on the phone."
    )


@pytest.fixture
def partner(client, membership):
    """Somebody who manages the stores of the partner, in front of the browser."""
    client.force_login(membership.user)
    return client


def address(name: str, *args) -> str:
    return reverse(f"collaborators:{name}", args=["atelier-nord", *args])


def make(membership, **changes) -> RequestTemplate:
    kept = {"name": "Theme work", "permissions": THEMES, "days": 30, "message": ""} | changes
    return actions.make_template(membership.partner, **kept, by=membership.user)


def ticked(page: str) -> list[str]:
    return re.findall(r'name="permissions" value="([a-z_.]+)"[^>]* checked', page)


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


# --- Keeping them ---------------------------------------------------------------------------------------------------


def test_a_template_is_made_changed_and_removed_on_its_pages(partner, membership):
    filled = {"name": "Theme work", "permissions": THEMES, "days": "30", "message": "Hello\r\nthere"}
    assert partner.post(address("template-making"), filled).status_code == 302
    template = RequestTemplate.objects.get()
    assert (template.partner, template.made_by) == (membership.partner, membership.user)
    assert (template.permissions, template.days, template.message) == (THEMES, 30, "Hello\nthere")
    page = partner.get(address("template", template.public_id)).content.decode()
    assert ticked(page) == THEMES
    changed = filled | {"name": "theme WORK", "days": "", "permissions": ["files.view"]}
    assert partner.post(address("template", template.public_id), changed).status_code == 302
    template.refresh_from_db()
    assert (template.name, template.days, template.permissions) == ("theme WORK", None, ["files.view"])
    assert "theme WORK" in partner.get(address("template-list")).content.decode()
    assert partner.post(address("template-removal", template.public_id)).status_code == 302
    assert not RequestTemplate.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "required"),
        ({"name": "x" * 61}, "at most 60"),
        ({"name": "a\u202eb"}, "invisible characters"),
        ({"permissions": []}, "Choose at least one permission."),
        ({"permissions": ["themes.edit"]}, "also needs “View themes”"),
        ({"permissions": ["users.view"]}, "for staff only"),
        ({"days": "0"}, "Type 1 or more."),
        ({"days": "1826"}, "Type 1825 or less."),
        ({"days": "soon"}, "whole number"),
        ({"message": "x" * 2001}, "at most 2000"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_nothing(partner, changes, sentence):
    filled = {"name": "Theme work", "permissions": THEMES, "days": "30", "message": "Hello"} | changes
    response = partner.post(address("template-making"), filled)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not RequestTemplate.objects.exists()


def test_a_name_stands_once_per_partner_in_any_case(membership, template):
    with pytest.raises(TemplateNameTaken):
        make(membership, name="THEME work")
    other = make(membership, name="Other")
    with pytest.raises(TemplateNameTaken):
        actions.change_template(other, name="theme work", permissions=THEMES, days=None, message="", by=membership.user)
    make(MembershipFactory.create(owner=True))  # of another partner


def test_there_are_fifty_at_most(membership):
    RequestTemplateFactory.create_batch(50, partner=membership.partner)
    with pytest.raises(TooManyTemplates):
        make(membership)
    assert RequestTemplate.objects.count() == 50


@pytest.mark.parametrize(
    ("permissions", "error"),
    [([], NoPermissions), (["themes.edit"], MissingPermissions), (["users.view"], StaffOnlyPermission)],
)
def test_the_action_judges_permissions_whatever_the_form_let_through(membership, permissions, error):
    with pytest.raises(error):
        make(membership, permissions=permissions)


def test_only_those_who_manage_its_stores_keep_templates(membership, template):
    without = MembershipFactory.create(partner=membership.partner, permissions=["manage_jobs"])
    stranger = MembershipFactory.create(owner=True)
    kept = {"name": "x", "permissions": THEMES, "days": None, "message": ""}
    for person in (without.user, stranger.user):
        for act in (
            lambda by: actions.make_template(membership.partner, **kept, by=by),
            lambda by: actions.change_template(template, **kept, by=by),
            lambda by: actions.remove_template(template, by=by),
        ):
            with pytest.raises(NotAllowed):
                act(person)
    assert RequestTemplate.objects.get().name == "Theme work"


def test_a_removed_template_is_gone_for_whoever_comes_second(membership, template):
    actions.remove_template(RequestTemplate.objects.get(), by=membership.user)
    with pytest.raises(TemplateIsGone):
        actions.remove_template(template, by=membership.user)


def test_that_of_another_partner_is_as_if_it_did_not_exist(partner, membership):
    theirs = RequestTemplateFactory.create(name="Canary", message="Canary")
    assert partner.get(address("template", theirs.public_id)).status_code == 404
    assert partner.post(address("template-removal", theirs.public_id)).status_code == 404
    unknown = partner.get(address("store-request"), {"template": "00000000-0000-4000-8000-000000000000"})
    linked = partner.get(address("store-request"), {"template": theirs.public_id})
    chosen = partner.post(address("store-request"), {"use_template": "yes", "template": theirs.public_id})
    for response in (unknown, linked, chosen):
        assert response.status_code == 200
        assert "Canary" not in response.content.decode()
    assert ticked(linked.content.decode()) == []


# --- Filling the form -----------------------------------------------------------------------------------------------


def test_choosing_one_fills_the_form_and_keeps_what_was_typed(partner, template):
    typed = {"store_url": "maison-lavande", "code": "1234", "permissions": ["files.view"], "how_long": "open"}
    response = partner.post(address("store-request"), typed | {"use_template": "yes", "template": template.public_id})
    page = response.content.decode()
    assert response.status_code == 200
    assert ticked(page) == THEMES
    assert 'value="maison-lavande"' in page
    assert 'value="1234"' in page
    assert f'value="{in_days(30)}"' in page
    assert "As agreed on the phone.</textarea>" in page
    assert not AccessRequest.objects.exists()


def test_a_template_without_a_message_leaves_the_one_that_was_typed(partner, template):
    RequestTemplate.objects.update(message="", days=None)
    typed = {"message": "Mine", "use_template": "yes", "template": template.public_id}
    page = partner.post(address("store-request"), typed).content.decode()
    assert "Mine</textarea>" in page
    assert re.search(r'value="open" id="id_open" checked', page)


def test_none_chosen_is_said(partner, template):
    page = partner.post(address("store-request"), {"use_template": "yes", "template": ""}).content.decode()
    assert "Choose one of your templates first." in page


def test_the_filled_form_is_kept_as_a_template_and_stays_filled(partner, membership):
    typed = {
        "store_url": "maison-lavande",
        "code": "1234",
        "permissions": THEMES,
        "how_long": "until",
        "ends_on": in_days(45),
        "message": "Hello",
        "template-name": "Theme work",
        "save_template": "yes",
    }
    response = partner.post(address("store-request"), typed)
    page = response.content.decode()
    assert response.status_code == 200
    assert "The template Theme work is kept." in page
    assert 'value="maison-lavande"' in page
    template = RequestTemplate.objects.get()
    assert (template.permissions, template.days, template.message) == (THEMES, 45, "Hello")
    again = partner.post(address("store-request"), typed)
    assert again.status_code == 422
    assert "Another template has this name already." in again.content.decode()
    assert RequestTemplate.objects.count() == 1
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize("changes", [{"template-name": ""}, {"permissions": []}, {"ends_on": "2020-01-01"}])
def test_what_cannot_be_kept_gets_a_sentence(partner, changes):
    typed = {"permissions": THEMES, "how_long": "until", "ends_on": in_days(45), "template-name": "x"} | changes
    response = partner.post(address("store-request"), typed | {"save_template": "yes"})
    assert response.status_code == 422
    assert not RequestTemplate.objects.exists()
    assert "id_store_url_error" not in response.content.decode()  # nothing is sent: the store may stay empty


def test_a_sent_request_is_taken_over_into_a_template(partner, membership):
    asked = AccessRequestFactory.create(
        partner=membership.partner,
        permissions=THEMES,
        message="Hello",
        ends_at=timezone.now() + timedelta(days=20),
    )
    assert f"?from={asked.public_id}" in partner.get(address("partner-request", asked.public_id)).content.decode()
    page = partner.get(address("template-making"), {"from": asked.public_id}).content.decode()
    assert ticked(page) == THEMES
    assert 'value="20"' in page
    assert "Hello</textarea>" in page
    theirs = AccessRequestFactory.create(message="Canary", permissions=THEMES)
    assert "Canary" not in partner.get(address("template-making"), {"from": theirs.public_id}).content.decode()


# --- The link -------------------------------------------------------------------------------------------------------


def test_a_link_fills_the_form_and_sends_nothing(partner, template):
    link = {
        "template": template.public_id,
        "store_url": "maison-lavande",
        "permissions": "products.view,products.edit",
        "days": "10",
        "message": "From the link",
        "code": CODE,
    }
    page = partner.get(address("store-request"), link).content.decode()
    assert ticked(page) == ["products.view", "products.edit"]
    assert 'value="maison-lavande"' in page
    assert f'value="{in_days(10)}"' in page
    assert "From the link</textarea>" in page
    assert CODE not in page  # never a code
    assert not AccessRequest.objects.exists()


def test_the_link_of_a_template_stands_on_its_pages_to_copy(partner, template):
    for page in (address("template-list"), address("template", template.public_id)):
        text = partner.get(page).content.decode()
        link = re.search(r'data-copy="([^"]+)"', text)[1]
        assert link.endswith(f"{address('store-request')}?template={template.public_id}")
    assert ticked(partner.get(link[link.index("/partner/") :]).content.decode()) == THEMES


def test_permissions_in_a_link_are_closed_and_unknown_ones_dropped_with_a_sentence(partner):
    page = partner.get(address("store-request"), {"permissions": "themes.edit_code,themes.burn,users.manage"})
    text = page.content.decode()
    assert ticked(text) == ["themes.view", "themes.edit_code"]
    assert "Some permissions do not exist, or are for staff only." in text
    assert "Also ticked, because the others need it: View themes." in text


@pytest.mark.parametrize(
    "link",
    [
        {"message": "x" * 2001},
        {"message": "a\u202eb"},
        {"store_url": "x" * 301},
        {"store_url": "a\u200bb"},
        {"permissions": "themes.view," * 1_000},
        {"days": "0"},
        {"days": "1826"},
        {"days": "9" * 5_000},
        {"days": "٣"},
        {"days": "-1"},
        {"template": "not-a-uuid"},
        {"more": "not-a-uuid"},
    ],
)
def test_what_is_too_long_or_means_nothing_is_left_out(partner, link):
    response = partner.get(address("store-request"), link)
    page = response.content.decode()
    assert response.status_code == 200
    assert ticked(page) == []
    assert f'value="{in_days(filling.USUAL_DAYS)}"' in page
    assert "</textarea>" in page
    assert "xxxx" not in page


def test_for_more_a_template_adds_to_what_is_held(partner, membership, template):
    held = CollaborationFactory.create(partner=membership.partner, permissions=["orders.view"])
    typed = {"more": held.public_id, "use_template": "yes", "template": template.public_id, "how_long": "open"}
    page = partner.post(address("store-request"), typed).content.decode()
    assert ticked(page) == ["orders.view", *THEMES]


# --- The summary ----------------------------------------------------------------------------------------------------


def test_update_summary_says_it_ticks_what_is_required_and_keeps_the_rest(partner):
    typed = {"update": "yes", "store_url": "maison-lavande", "code": "12", "permissions": ["themes.edit_code"]}
    response = partner.post(address("store-request"), typed)
    page = response.content.decode()
    assert response.status_code == 200
    assert ticked(page) == ["themes.view", "themes.edit_code"]
    assert "You ask to view themes and edit their code." in page
    assert 'value="maison-lavande"' in page
    assert 'value="12"' in page


@pytest.mark.parametrize("keys", [["themes.view"], ["customers.export", "products.edit_price"], [], ["no.such", "x"]])
def test_page_and_script_get_the_very_same_sentence(partner, keys):
    page = partner.post(address("store-request"), {"update": "yes", "permissions": keys}).content.decode()
    said = partner.get(address("request-summary"), {"permissions": keys}).content.decode()
    assert f">{escape(said)}</p>" in page
