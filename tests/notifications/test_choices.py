"""Each person chooses per kind: at once, in the daily digest, off. Security is not a choice."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from notifications import choices, kinds
from notifications.models import Delivery, MailChoice, Notification
from tests.factories import MembershipFactory, StaffFactory, UserFactory
from tests.notifications.mailbox import CODE_MADE, JOINED, choose, joined, make_store, new_code, of, send

pytestmark = pytest.mark.django_db

PAGE = "/account/mails/"
State = Delivery.State


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def owner(store):
    return store.owner


@pytest.fixture
def manager(store):
    return StaffFactory.create(store=store, key="store_manager", user__email="manon@people.example").user


@pytest.fixture
def newcomer(manager, store):
    """Who joins, of which owner and manager are told."""
    return StaffFactory.create(store=store).user


def recipients() -> list[str]:
    return sorted(address for letter in mail.outbox for address in letter.to)


# --- The worker asks ------------------------------------------------------------------------------------------------


def test_without_a_choice_mails_come_at_once(store, newcomer):
    joined(store, newcomer)
    assert send() == 2
    assert recipients() == ["manon@people.example", "odile@people.example"]


def test_what_is_off_is_not_sent_and_stands_in_the_inbox_all_the_same(store, owner, newcomer):
    choose(owner, "off")
    event = joined(store, newcomer)
    send()
    assert recipients() == ["manon@people.example"]
    assert (of(event, owner).state, of(event, owner).problem) == (State.SUPPRESSED, "turned off")
    assert Notification.objects.filter(event=event, user=owner).exists()


@pytest.mark.parametrize(("before", "after", "mails"), [("now", "off", 0), ("off", "now", 1)])
def test_the_choice_is_asked_when_the_mail_would_leave(store, owner, newcomer, before, after, mails):
    choose(owner, before)
    joined(store, newcomer)
    choose(owner, after)
    send()
    assert recipients().count(owner.email) == mails


def test_a_choice_is_for_one_kind_and_one_person(store, owner, manager, newcomer):
    choose(owner, "off")
    choose(manager, "off", "access.requested")
    joined(store, newcomer)
    new_code(store)
    send()
    assert recipients() == ["manon@people.example", "manon@people.example", "odile@people.example"]  # twice: code too


@pytest.mark.parametrize("how", ["off", "digest"])
def test_security_is_sent_at_once_whatever_stands_in_the_table(store, owner, how):
    MailChoice.objects.create(user=owner, topic=CODE_MADE, how=how)
    new_code(store)
    assert send() == 1


def test_security_cannot_be_chosen(owner):
    choose(owner, "off", CODE_MADE, "no.such.kind", "mail.given_up")
    assert not MailChoice.objects.exists()


def test_the_inbox_only_kinds_are_no_choice():
    assert not choices.is_a_choice("access.withdrawn")


# --- The page -------------------------------------------------------------------------------------------------------


@pytest.fixture
def reader(client, owner):
    client.force_login(owner)
    return client


def listed(response) -> set[str]:
    return {
        str(kind.topic)
        for _side, rows in response.context["form"].sections()
        for kind, _field in rows
        if str(kind.label) in response.content.decode()
    }


def test_the_page_lists_kinds_with_a_letter_that_can_concern_the_reader(reader, owner):
    """A store's owner reads of stores, a partner's owner of partners, each once, security among them."""
    of_stores = {"staff.joined", "access.requested", "access.ended", "code.made"}
    found = listed(reader.get(PAGE))
    assert found >= of_stores
    assert not found & {"access.approved", "team.joined", "access.withdrawn", "mail.given_up"}

    MembershipFactory.create(user=owner, owner=True)
    found = listed(reader.get(PAGE))
    assert found >= of_stores | {"access.approved", "team.joined"}
    assert not found & {"access.withdrawn", "mail.given_up"}
    topics = [kind.topic for _side, rows in reader.get(PAGE).context["form"].sections() for kind, _field in rows]
    assert len(topics) == len(set(topics))


def test_every_kind_with_a_letter_to_people_is_listed_for_somebody():
    everything = {kind.topic for section in choices.sections(choices.SIDES) for kind in section.kinds}
    written = {
        kind.topic
        for kind in kinds.all_kinds()
        if any(audience.letter and not audience.is_for_addresses for audience in kind.audiences.values())
    }
    assert everything == written


def test_what_is_chosen_is_saved_shown_and_kept(reader, owner):
    response = reader.post(PAGE, {JOINED: "digest", "access.requested": "off"}, follow=True)
    assert response.redirect_chain == [(PAGE, 302)]
    assert "Saved." in response.content.decode()
    assert choices.chosen_by(owner) == {JOINED: "digest", "access.requested": "off"}
    page = response.content.decode()
    assert f'name="{JOINED}" value="digest" id="id_{JOINED}_1" checked' in page
    reader.post(PAGE, {JOINED: "now"})
    assert choices.chosen_by(owner) == {"access.requested": "off"}  # what was not sent is left alone


@pytest.mark.parametrize("how", ["digest", "off", "now"])
def test_one_button_chooses_for_all_that_is_listed_and_never_for_security(reader, owner, how):
    choose(owner, "off", JOINED)
    reader.post(PAGE, {"all": how, JOINED: "now"})
    page = reader.get(PAGE)
    fields = [field for _side, rows in page.context["form"].sections() for _kind, field in rows if field]
    assert {field.initial for field in fields} == {how}
    assert len(fields) >= 3
    assert not MailChoice.objects.filter(topic=CODE_MADE).exists()
    assert not MailChoice.objects.filter(topic="access.approved").exists()  # not listed: no partner


NONSENSE = [{JOINED: "never"}, {JOINED: "off\x00"}, {"all": "sometimes"}, {JOINED: "digest", "all": "x"}]


@pytest.mark.parametrize("data", NONSENSE)
def test_nonsense_gets_a_sentence_beside_it_and_changes_nothing(reader, owner, data):
    choose(owner, "off", "access.requested")
    response = reader.post(PAGE, {"access.requested": "now", **data})
    assert response.status_code == 422
    assert "Choose one of the three." in response.content.decode()
    assert choices.chosen_by(owner) == {"access.requested": "off"}


def test_a_form_cannot_choose_about_security_or_what_is_not_listed(reader, owner):
    reader.post(PAGE, {CODE_MADE: "off", "access.approved": "off", "mail.given_up": "off", "nonsense": "off"})
    assert not MailChoice.objects.exists()


def test_security_is_shown_and_cannot_be_changed(reader):
    page = reader.get(PAGE).content.decode()
    assert "New request code" in page
    assert "Always at once" in page
    assert f'name="{CODE_MADE}"' not in page


def test_nobody_chooses_for_somebody_else(reader, owner):
    other = UserFactory.create()
    choose(other, "off")
    reader.post(PAGE, {"all": "digest", "user": str(other.pk)})
    assert choices.chosen_by(other) == {JOINED: "off"}


def test_whoever_belongs_to_nothing_reads_the_page_too(client):
    client.force_login(UserFactory.create())
    response = client.get(PAGE)
    assert response.status_code == 200
    assert not listed(response) & {"staff.joined", "team.joined"}


def test_a_choice_is_not_taken_from_another_site(owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(PAGE, {"all": "off"}).status_code == 403
    assert not MailChoice.objects.exists()


def test_the_page_is_in_the_rail_of_ones_own_pages(reader):
    page = reader.get(reverse("notifications:inbox")).content.decode()
    assert f'href="{PAGE}"' in page
