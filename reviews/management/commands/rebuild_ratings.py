from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.db.models import Exists, OuterRef, Q

from accounts.errors import is_busy
from partners.models import Partner
from reviews.models import Review
from reviews.ratings import rebuild

BATCH = 1000  # keys in memory at once


class Command(BaseCommand):
    help = (
        "Reckon the ratings of all partners from their reviews. Safe while the portal runs: each partner is locked for "
        "as long as its own figures take. A partner that others hold on to is tried again at the end; what is still "
        "busy then is named, and the command ends with 1."
    )

    def handle(self, *args, **options) -> None:
        looked_at, wrong, busy = 0, 0, []
        for pk in _with_reviews():
            looked_at += 1
            was_wrong = self._rebuilt(pk)
            if was_wrong is None:
                busy.append(pk)
            wrong += bool(was_wrong)
        again = {pk: self._rebuilt(pk) for pk in busy}
        wrong += sum(bool(was_wrong) for was_wrong in again.values())
        self.stdout.write(f"partners: {looked_at} looked at, {wrong} put right")
        left = Partner.objects.filter(pk__in=[pk for pk, was_wrong in again.items() if was_wrong is None])
        if left:
            slugs = ", ".join(left.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"Busy, and not looked at: {slugs}. Run this again.")

    def _rebuilt(self, pk: int) -> bool | None:
        """None: the lock was not to be had."""
        try:
            return rebuild(pk)
        except OperationalError as error:
            if is_busy(error):
                return None
            raise


def _with_reviews() -> Iterator[int]:
    """Keys of partners with something to reckon, or with figures that may be wrong, in batches."""
    reviewed = Q(Exists(Review.objects.filter(partner=OuterRef("pk")))) | Q(rating__isnull=False)
    partners, last = Partner.objects.filter(reviewed).order_by("pk"), 0
    while keys := list(partners.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield from keys
        last = keys[-1]
