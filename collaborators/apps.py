from django.apps import AppConfig


class CollaboratorsConfig(AppConfig):
    name = "collaborators"

    def ready(self) -> None:
        from collaborators import events

        events.register()
