"""Fields that every app's serializers are made of, and what the API shows of people."""

from datetime import UTC
from functools import partial

from django.conf import settings
from django.forms import EmailField
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import User
from accounts.money import MOST
from accounts.sentences import SENTENCES
from accounts.text import HANDLE, LONGEST, HandleField, fold, refuse_hidden_characters, refuse_invisible_line
from accounts.zones import zone_names

LANGUAGES = [code for code, _name in settings.LANGUAGES]


def checked_zone(name: str) -> str:
    """Raise ValidationError unless it is a zone that may be picked."""
    if name not in zone_names():
        raise serializers.ValidationError(_("Choose a time zone by its IANA name, like Europe/Paris."))
    return name


class Instant(serializers.DateTimeField):
    """A moment, always in UTC: `2026-11-22T07:00:00Z`."""

    def __init__(self, **kwargs):
        super().__init__(default_timezone=UTC, **kwargs)


class _PlainText(serializers.CharField):
    """The rules of `accounts.text` for what people write."""

    one_line: bool
    default_error_messages = {"max_length": _("Use at most {max_length} characters.")}

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.validators.append(partial(refuse_hidden_characters, one_line=self.one_line))

    def to_internal_value(self, data) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(fold(data) if len(data) <= 4 * (self.max_length or LONGEST) else data)


class Line(_PlainText):
    one_line = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.validators.append(refuse_invisible_line)


class Text(_PlainText):
    one_line = False


class Handle(serializers.RegexField):
    """A name that stands in addresses."""

    default_error_messages = {"invalid": HandleField.default_error_messages["invalid"]}

    def __init__(self, **kwargs):
        super().__init__(rf"^{HANDLE.pattern}\Z", max_length=50, **kwargs)

    def to_internal_value(self, data) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, and nothing that only looks like it."""

    def to_internal_value(self, data) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Amount(serializers.IntegerField):
    """Smallest units of the currency that stands beside it: 180000 for 1,800.00 EUR."""

    default_error_messages = {
        "invalid": _("An amount is a whole number of the smallest unit, like 180000 for 1,800.00 EUR."),
        "min_value": _("Type an amount above zero."),
    }

    def __init__(self, **kwargs):
        super().__init__(**{"min_value": 1, "max_value": MOST, **kwargs})

    def to_internal_value(self, data) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Email(serializers.EmailField):
    default_error_messages = {"invalid": SENTENCES[EmailField]["invalid"]}

    def __init__(self, **kwargs):
        super().__init__(max_length=254, **kwargs)

    def to_internal_value(self, data) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Output(serializers.ModelSerializer):
    """What is shown of a row: only fields that are listed; it is named by handle, slug or UUID, never by its key."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        **{
            model_field: Instant
            for model_field, field in serializers.ModelSerializer.serializer_field_mapping.items()
            if field is serializers.DateTimeField
        },
    }
    id = serializers.UUIDField(source="public_id", read_only=True)


class PersonSerializer(serializers.ModelSerializer):
    """Somebody, as the other side knows them."""

    class Meta:
        model = User
        fields = ["name"]


class InvitationSerializer(Output):
    """A place that was offered to an address, until somebody takes it or it is taken back."""

    invited_by = PersonSerializer(read_only=True)
    open = serializers.BooleanField(source="is_open", read_only=True, help_text="Whether it can still be accepted.")

    class Meta:
        fields = ["id", "email", "invited_by", "invited_at", "expires_at", "open"]


class MeSerializer(serializers.ModelSerializer):
    """Oneself."""

    class Meta:
        model = User
        fields = ["email", "name", "language", "time_zone"]


class ProfileSerializer(serializers.Serializer):
    name = Line(max_length=100, required=False)
    language = serializers.ChoiceField(
        LANGUAGES, required=False, allow_blank=True, help_text="Of pages, mails and sentences; empty: as my browser."
    )
    time_zone = Line(max_length=64, required=False, help_text="IANA name, like `Europe/Paris`.")

    def validate_time_zone(self, name: str) -> str:
        return checked_zone(name)
