"""What the operators are told about mail itself: that some was given up."""

from datetime import UTC, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from notifications import events, kinds
from notifications.kinds import Audience, Facts, Kind
from notifications.models import Delivery

GIVEN_UP = "mail.given_up"


def post_given_up(now: datetime) -> None:
    """Say in this transaction that a mail was given up. Once for each hour of the clock, however many there are: the
    page it leads to counts them, and a mail server that was down for a day is not a thousand lines in an inbox."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    events.post(GIVEN_UP, dedupe_key=f"{hour:%Y-%m-%dT%H}", hour=int(hour.timestamp()))


def active_operators() -> "QuerySet[User]":
    return User.objects.filter(is_staff=True, is_active=True)


def _hour(facts: Facts) -> str:
    hour = datetime.fromtimestamp(facts.event.payload["hour"], UTC)
    return _("In the hour from %(time)s") % {"time": date_format(timezone.localtime(hour), "DATETIME_FORMAT")}


MAIL_GIVEN_UP = Kind(
    topic=GIVEN_UP,
    icon="exclamation-triangle",
    label=gettext_lazy("Mails given up"),
    audiences={
        "operator": Audience(
            recipients=lambda event: list(active_operators().values_list("pk", flat=True)),
            line=lambda facts: _("Mails could not be delivered and were given up"),
            place=_hour,
            url=lambda facts: (
                f"{reverse('admin:notifications_delivery_changelist')}?state__exact={Delivery.State.DEAD}"
            ),
            still_in=None,
        ),
    },
)


def register() -> None:
    kinds.register(MAIL_GIVEN_UP)
