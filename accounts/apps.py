from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import sentences, sessions

        sentences.put_in_place()
        user_logged_in.connect(sessions.begin, dispatch_uid="accounts.sessions.begin")
