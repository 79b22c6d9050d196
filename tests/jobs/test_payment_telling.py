"""Who is told of a payment: the other side, and nobody else."""

from time import monotonic

import pytest
from django.core import mail

from collaborators.models import Side
from notifications import delivery
from notifications.models import Notification
from tests.factories import MembershipFactory, StaffFactory
from tests.jobs.paying import make_deal

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("side", "told"), [(Side.PARTNER, {"Owner", "Manager"}), (Side.STORE, {"Ines", "Lea"})], ids=["received", "paid"]
)
@pytest.mark.parametrize("topic", ["job.paid", "job.payment_reversed"])
def test_the_other_side_is_told_in_the_inbox_and_by_mail(side, told, topic):
    deal = make_deal()
    StaffFactory.create(store=deal.store, key="store_manager", user__name="Gil Gone", user__is_active=False)
    MembershipFactory.create(partner=deal.partner, owner=True, user__name="Gus Gone", user__is_active=False)
    payment = deal.record(side=side)
    if topic == "job.payment_reversed":
        deal.reverse(payment)
    until = monotonic() + 30
    delivery.tell_untold(until=until)
    delivery.send_due(until=until)
    names = list(Notification.objects.filter(event__topic=topic).values_list("user__name", flat=True))
    assert sorted(names) == sorted(told)
    verb = "reversed a payment of €600.00" if topic == "job.payment_reversed" else "€600.00 for"
    mails = [message.to[0] for message in mail.outbox if verb in message.subject]
    assert sorted(mails) == sorted(f"{name.lower()}@people.example" for name in told)


def test_the_one_who_records_is_not_told_even_on_both_sides():
    deal = make_deal()
    MembershipFactory.create(partner=deal.partner, user=deal["owner"], owner=True)
    deal.record(side=Side.STORE, by=deal["owner"])
    delivery.tell_untold(until=monotonic() + 30)
    assert not Notification.objects.filter(user=deal["owner"]).exists()
