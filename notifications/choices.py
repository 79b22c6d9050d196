"""How each person wants the mails of each kind: at once, in the daily digest, or not at all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notifications import kinds
from notifications.kinds import Kind
from notifications.models import Delivery, MailChoice

How = MailChoice.How

STORE, PARTNER, OPERATOR, YOURSELF = "store", "partner", "operator", "yourself"
SIDES = (
    STORE,
    PARTNER,
    OPERATOR,
)  # audiences of these names are told of a store or a partner they belong to; others of themselves


def how_for(user: User, kind: Kind) -> How:
    """What one person chose. Security is not a choice."""
    return how_for_many([user.pk], kind).get(user.pk, How.NOW)


def how_for_many(user_ids: Collection[int], kind: Kind) -> dict[int, How]:
    """What they chose, by id, without those who get it at once."""
    if kind.security:
        return {}
    rows = MailChoice.objects.filter(user_id__in=user_ids, topic=kind.topic).values_list("user_id", "how")
    return {user_id: How(how) for user_id, how in rows}


def chosen_by(user: User) -> dict[str, How]:
    """Everything that one person chose, by topic. What is not in it comes at once."""
    return {topic: How(how) for topic, how in user.mail_choices.values_list("topic", "how")}


@transaction.atomic
def choose(user: User, hows: Mapping[str, str]) -> None:
    """Write down what the person wants, by topic. Kinds that are not known or not a choice are left alone.

    What was gathered for the next digest leaves at once if its kind is now to come at once. What was turned off stays
    where it is: its worker, or the digest, asks when the time has come.
    """
    lock(user)
    wanted = {topic: How(how) for topic, how in sorted(hows.items()) if is_a_choice(topic)}
    at_once = [topic for topic, how in wanted.items() if how == How.NOW]
    MailChoice.objects.filter(user=user, topic__in=at_once).delete()
    MailChoice.objects.bulk_create(
        [MailChoice(user=user, topic=topic, how=how) for topic, how in wanted.items() if how != How.NOW],
        update_conflicts=True,
        unique_fields=["user", "topic"],
        update_fields=["how"],
    )
    gathered = Delivery.objects.gathered().filter(user=user, event__topic__in=at_once)
    now = timezone.now()
    gathered.update(state=Delivery.State.PENDING, next_at=now, lease_until=now)


def turn_off_digest(user: User) -> None:
    """No daily digest any more: everything that would have stood in it is off."""
    choose(user, {topic: How.OFF for topic, how in chosen_by(user).items() if how == How.DIGEST})


def lock(user: User) -> None:
    """Whoever changes choices, or gathers what they say, does so alone for this person."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def is_a_choice(topic: str) -> bool:
    kind = kinds.get(topic)
    return kind is not None and not kind.security and bool(_sides_with_a_letter(kind))


# --- What is listed -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    side: str  # STORE, PARTNER, OPERATOR or YOURSELF
    kinds: list[Kind]


def sections(sides: Collection[str]) -> list[Section]:
    """Kinds with a letter that can concern somebody who belongs to `sides`, each kind once.

    Who is told that they joined a team belongs to it by then: such a kind stands with the partners.
    """
    by_side: dict[str, list[Kind]] = {side: [] for side in (*SIDES, YOURSELF)}
    for kind in kinds.all_kinds():
        written = _sides_with_a_letter(kind)
        about = [side for side in written if side != YOURSELF]
        if mine := [side for side in about if side in sides]:
            by_side[mine[0]].append(kind)
        elif written == [YOURSELF]:
            by_side[YOURSELF].append(kind)
    return [Section(side, listed) for side, listed in by_side.items() if listed]


def _sides_with_a_letter(kind: Kind) -> list[str]:
    """Whom the mails of a kind are written to. Addresses that were invited have no choice."""
    written = [name for name, audience in kind.audiences.items() if audience.letter and not audience.is_for_addresses]
    return list(dict.fromkeys(name if name in SIDES else YOURSELF for name in written))
