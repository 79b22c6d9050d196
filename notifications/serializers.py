from django.conf import settings
from rest_framework import serializers

from accounts.serializers import Instant


class NotificationSerializer(serializers.Serializer):
    """One line of my inbox."""

    id = serializers.UUIDField(source="notification.public_id")
    kind = serializers.CharField(source="notification.event.topic", help_text="Like `access.requested`.")
    line = serializers.CharField(help_text="What happened, in my language.")
    place = serializers.CharField(help_text="The store or partner it is about.")
    url = serializers.SerializerMethodField()
    at = Instant(source="notification.created_at")
    read_at = Instant(source="notification.read_at", allow_null=True)

    def get_url(self, line) -> str:
        """Where it leads on the site."""
        return settings.SITE_URL + line["url"]()


class NotificationFilter(serializers.Serializer):
    unread = serializers.ChoiceField(["true"], required=False, help_text="`true`: only what I have not read yet.")
