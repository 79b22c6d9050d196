import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin, _user_has_perm  # type: ignore[attr-defined]
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """One person, one sign-in. `is_staff` marks an operator of this Entente, never somebody of a store."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)  # always in lower case
    name = models.CharField(_("name"), max_length=100)
    language = models.CharField(max_length=10, blank=True)  # "" follows the browser
    time_zone = models.CharField(max_length=64, default="UTC")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_in_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Django's answer, but with no superuser shortcut about an object: an operator is a stranger in a store."""
        if obj is None:
            return super().has_perm(perm)
        return self.is_active and _user_has_perm(self, perm, obj)


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def visible_to(self, user: "Visitor") -> "AccessTokenQuerySet":
        """The user's own; none for anonymous."""
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()

    def usable(self, now: datetime | None = None) -> "AccessTokenQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=now or timezone.now())


class AccessToken(models.Model):
    """Lets a program ask the API in a person's name. Whoever reads this row cannot use it: only a hash is kept."""

    LONGEST = timedelta(days=365)
    MARK = "ent_"  # how a token begins, so that people and scanners recognise one
    SHOWN = 8  # characters of it that are kept, to tell one from another

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256: 256 random bits need no slow hash
    beginning = models.CharField(max_length=12)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)  # to the minute
    revoked_at = models.DateTimeField(null=True)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("created_at") + timedelta(days=365)),
                name="access_token_for_a_year_at_most",
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="access_token_of_user")]

    def __str__(self) -> str:
        return f"{self.beginning}…"

    @classmethod
    def new_secret(cls) -> str:
        return cls.MARK + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


class GivenAnswer(models.Model):
    """What somebody was answered to a request that they named by a key, so that a repeat gets it again."""

    KEPT = timedelta(hours=24)
    KEY_LENGTH = 100

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=KEY_LENGTH)
    asked = models.CharField(max_length=64)  # HMAC of what was asked
    status = models.PositiveSmallIntegerField(null=True)  # null only inside the transaction that acts
    body = models.TextField(blank=True)  # JSON as it was sent: jsonb would put its keys in another order
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="given_answer_once_per_person_and_key")]
        indexes = [models.Index(fields=["created_at"], name="given_answer_age")]

    def __str__(self) -> str:
        return f"answer {self.status} to {self.user_id}"


type Visitor = User | AnonymousUser
"""Whoever stands behind a request."""


class SignIn(models.Model):
    """One time that somebody signed in, and where. The row outlives its session: it says which devices are known."""

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    device = models.UUIDField()  # what the browser keeps in a cookie of its own
    session_key = models.CharField(max_length=40, blank=True)  # "" once it is over
    user_agent = models.CharField(max_length=300, blank=True)  # as the browser calls itself
    ip = models.GenericIPAddressField(null=True)
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)  # to the minute

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session_key"], condition=~Q(session_key=""), name="sign_in_once_per_session"
            ),
        ]
        indexes = [models.Index(fields=["user", "device"], name="sign_in_devices_of_user")]

    def __str__(self) -> str:
        return f"{self.user}, {self.began_at:%Y-%m-%d %H:%M}"
