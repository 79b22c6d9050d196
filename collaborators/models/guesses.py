from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from partners.models import Partner
from stores.models import Store


class CodePathOpening(models.Model):
    """One time that a store could be asked with its code: from the beginning or a reopening, until it was closed for
    too many wrong guesses. The latest row is today's; a store that nobody guessed at yet has none."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="code_path_openings")
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], condition=Q(closed_at=None), name="code_path_open_once"),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="code_path_of_store")]

    def __str__(self) -> str:
        return f"code path of {self.store_id}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class CodeGuess(models.Model):
    """A distinct guess of a partner at a store, or at an address that no store has: counted before anybody looks
    whether it is right. Neither digits nor addresses stand here, only what they hash to with the key."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, null=True, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64)
    network = models.CharField(max_length=64, blank=True)  # "": nobody could say
    # Since when it counts: for partner and network at once; for the two of them and for the store from the moment on
    # that it may be compared as far as these are concerned.
    at = models.DateTimeField(default=timezone.now)
    pair_at = models.DateTimeField(null=True)
    opening = models.ForeignKey(CodePathOpening, null=True, on_delete=models.CASCADE, related_name="guesses")
    compared_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)  # null: nobody was answered yet, or their process died

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "fingerprint"], name="code_guess_once"),
            models.CheckConstraint(
                condition=Q(opening=None, compared_at=None)
                | Q(opening__isnull=False, compared_at__isnull=False, store__isnull=False),
                name="code_guess_compared_at_an_opening",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "at"], name="code_guess_of_partner"),
            models.Index(fields=["network", "at"], name="code_guess_of_network"),
            models.Index(fields=["at"], name="code_guess_age"),
        ]

    def __str__(self) -> str:
        return f"guess {self.pk}"


class GuessCounter(models.Model):
    """What is locked while guesses are counted: a partner, a store, a network. Holds no number: rows are counted."""

    key = models.CharField(primary_key=True, max_length=80)

    def __str__(self) -> str:
        return f"counter {self.key.partition(':')[0]}"
