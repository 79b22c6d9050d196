from django.core.management.base import BaseCommand

from jobs.track_records import rebuild_partner, rebuild_store
from partners.models import Partner
from stores.models import Store


class Command(BaseCommand):
    help = "Reckon the track records of all partners and stores from their jobs. Safe while the portal runs."

    def handle(self, *args, **options) -> None:
        for name, rows, rebuild in (("partners", Partner, rebuild_partner), ("stores", Store, rebuild_store)):
            keys = list(rows.objects.order_by("pk").values_list("pk", flat=True))
            wrong = sum(rebuild(pk) for pk in keys)
            self.stdout.write(f"{name}: {len(keys)} looked at, {wrong} put right")
