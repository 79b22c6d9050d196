from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StoresConfig(AppConfig):
    name = "stores"

    def ready(self) -> None:
        from stores import events, handover_events, roles

        events.register()
        handover_events.register()
        post_migrate.connect(roles.ship, sender=self)  # Django's own hook for rows that belong to the code
