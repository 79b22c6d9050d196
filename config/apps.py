from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Here for its management commands and templates tags; it has no models."""

    name = "config"
