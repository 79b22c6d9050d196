"""What every environment shares. Addresses of servers come from the environment; secrets never have a default here."""

import logging
from datetime import timedelta
from pathlib import Path

import environ
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from config import logs

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()

# --- Applications, in the order in which they may know each other ---------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "heroicons",
    "pgtrigger",
    "django_structlog",
    "rest_framework",
    "accounts",
    "notifications",
    "partners",
    "stores",
    "collaborators",
    "jobs",
    "reviews",
    "config",
    "django.contrib.admin",  # last: it makes forms as it loads, and their fields take the sentences of accounts
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.PrivatePagesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # static files have the headers of everything above
    "config.health.ProbesMiddleware",
    "config.middleware.RequestLogMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.RefuseNulMiddleware",  # before anything that reads cookies or looks something up
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.sessions.SessionLimitsMiddleware",
    "accounts.middleware.ReaderMiddleware",
    "config.middleware.BusyDatabaseMiddleware",
    "config.middleware.ShownMethodMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.dashboards.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "heroicons.templatetags.heroicons",
                "accounts.templatetags.words",
            ],
        },
    },
]

FORM_RENDERER = "config.rendering.FormRenderer"

# --- Servers --------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,  # actions own their transactions
}
DATABASE_LIMITS = {
    "lock_timeout": "3s",  # a 409 with a sentence, not a hanging page
    "statement_timeout": env.str("DATABASE_STATEMENT_TIMEOUT", "0"),
    "idle_in_transaction_session_timeout": "30s",
}
if env.bool("DATABASE_THROUGH_PGBOUNCER", False):  # in transaction mode, where nothing may outlive a transaction
    DATABASES["default"] |= {"ENGINE": "config.pgbouncer", "DISABLE_SERVER_SIDE_CURSORS": True}
else:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = " ".join(
        f"-c {name}={value}" for name, value in DATABASE_LIMITS.items()
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": env.cache_url("CACHE_URL") | {"BACKEND": "config.cache.SteadyRedisCache"},
    "pages": env.cache_url("CACHE_URL") | {"BACKEND": "config.cache.PagesCache", "KEY_PREFIX": "pages"},
}

# The truth is in PostgreSQL; the broker only wakes a worker. So a publish may fail, but never hold a request.
CELERY_BROKER_URL = env.str("BROKER_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,  # seconds until a task of a killed worker is handed to another one
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "retry_on_timeout": False,
    "max_retries": 0,  # else a broker that is down holds the first request for seconds
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep-deliveries": {
        "task": "notifications.tasks.sweep",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "forget-answers": {
        "task": "accounts.tasks.forget_answers",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "close-code-paths": {
        "task": "collaborators.tasks.close_code_paths",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},
    },
    "tidy-codes": {
        "task": "collaborators.tasks.tidy_codes",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "lapse-access": {
        "task": "collaborators.tasks.lapse",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "gather-unread-messages": {
        "task": "collaborators.tasks.gather_unread",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "remind-of-requests": {
        "task": "collaborators.tasks.remind_of_requests",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "remind-of-access": {
        "task": "collaborators.tasks.remind",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "lapse-handovers": {
        "task": "stores.tasks.lapse_handovers",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "approve-completions": {
        "task": "jobs.tasks.approve_completions",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "remind-of-completions": {
        "task": "jobs.tasks.remind_of_completions",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "lapse-jobs": {
        "task": "jobs.tasks.lapse",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "remind-of-reviews": {
        "task": "reviews.tasks.remind",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "lapse-reviews": {
        "task": "reviews.tasks.lapse",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
}

# --- Mail -----------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Entente <entente@localhost>")
MESSAGE_ID_DOMAIN = env.str("MESSAGE_ID_DOMAIN", "entente.localhost")
MAIL_CATCHER_DIR: Path | None = None  # a folder: mails are caught there and shown at /dev/mail/ (development only)
DELIVERY_LEASE = timedelta(seconds=env.int("DELIVERY_LEASE_SECONDS", 60))
DELIVERY_GIVE_UP_AFTER = timedelta(hours=24)
SMTP_TIMEOUT = 10  # seconds


def smtp_mailer(url: dict) -> dict:
    """MAILERS entry for an address that django-environ has read (`smtp://`, `smtp+tls://`, `smtp+ssl://`)."""
    options = {
        "host": url["EMAIL_HOST"],
        "port": url["EMAIL_PORT"] or 25,
        "username": url["EMAIL_HOST_USER"] or "",
        "password": url["EMAIL_HOST_PASSWORD"] or "",
        "use_tls": url.get("EMAIL_USE_TLS", False),
        "use_ssl": url.get("EMAIL_USE_SSL", False),
        "timeout": SMTP_TIMEOUT,
    }
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


# --- People ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "stores.access.StoreBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "notifications.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.signup.SignupForm"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.AccountForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
MFA_ADAPTER = "accounts.two_step.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a code of the half minute before still counts: people type slowly and clocks differ
MFA_FORMS = {
    "authenticate": "accounts.forms.AuthenticateForm",
    "reauthenticate": "accounts.forms.ReauthenticateCodeForm",
    "activate_totp": "accounts.forms.ActivateTOTPForm",
    "add_webauthn": "accounts.forms.AddWebAuthnForm",
    "edit_webauthn": "accounts.forms.EditWebAuthnForm",
    "login_webauthn": "accounts.forms.LoginWebAuthnForm",
    "authenticate_webauthn": "accounts.forms.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "accounts.forms.ReauthenticateWebAuthnForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True  # security kinds: notifications/accounts.py
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds for which a sign-in counts as fresh (accounts/renewed.py)
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())  # accounts/sessions.py says from when on
LAST_DASHBOARD_COOKIE_NAME = "last_dashboard"  # holds "partner:<slug>" or "store:<handle>"
DEVICE_COOKIE_NAME = "device"  # by which a browser is known again that signed in before

# Who may do what in a store: each source answers for its kind of people (stores/access.py).
STORE_ACCESS_SOURCES = [
    "stores.access.OwnerSource",
    "stores.access.BuilderSource",
    "stores.access.StaffSource",
    "collaborators.access.CollaboratorSource",
]

# --- Words and times ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["config.formats"]

# --- Access ---------------------------------------------------------------------------------------------------------

# Closes request codes in the database and names guesses at them there. No default: `collaborators/codes.py`.
REQUEST_CODE_KEY_FALLBACKS: list[str] = []  # old ones, while they are being replaced

# --- The web --------------------------------------------------------------------------------------------------------

SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")  # what mails link to; also a store's own address
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]

SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- The API --------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [  # the first one says how to sign in; no Basic: it fails on a NUL
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": [
        "config.api.throttles.Requests",
        "config.api.throttles.Changes",
        "config.api.throttles.OfTheAddress",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "requests": "600/minute",
        "changes": "120/minute",
        "asking": "60/hour",
        "reporting": "60/hour",
        "public": "300/minute",  # from one address, to what is read without signing in
    },
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.errors.answer",
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,  # ?format= is no way to ask for anything
    "NUM_PROXIES": 0,  # how many of the addresses in X-Forwarded-For are ours
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Entente",
    "VERSION": "1",
    "DESCRIPTION": (
        "Who may enter which store, what they may do there, and who asked for it.\n\n"
        "Sign in with a personal token (`Authorization: Bearer ent_…`) or with the session of the site. A token may "
        "what you may at this moment, never more. Lists come in pages of 50, newest first: follow `next`. Instants are "
        "UTC; a date is a day in the zone of the store. What you may not see is answered like what does not exist."
    ),
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.say_how_it_says_no",
    ],
    "TAGS": [
        {"name": name}
        for name in (
            "Account",
            "Notifications",
            "Stores",
            "Access, for stores",
            "Jobs, for stores",
            "Reviews, for stores",
            "Staff",
            "Roles",
            "Partners",
            "Development stores",
            "Access, for partners",
            "Jobs, for partners",
            "Reviews, for partners",
            "Conversations",
            "Team",
            "Public",
            "Reports",
        )
    ],
    "ENUM_NAME_OVERRIDES": {  # several things have a status
        "RequestStatusEnum": "collaborators.models.AccessRequest.Status",
        "CompletionStatusEnum": "jobs.models.CompletionRequest.Status",
        "JobStatusEnum": "jobs.models.Job.Status",
        "CandidateStatusEnum": "jobs.models.Candidate.Status",
        "ProposalStatusEnum": "jobs.models.Proposal.Status",
        "JobStateEnum": "jobs.tabs.Tab",
        "SideEnum": "collaborators.models.Side",
        "ReasonEnum": "reviews.reasons.Reason",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": STATIC_URL + "icon.svg",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
}

# --- Operation ------------------------------------------------------------------------------------------------------

SECURE_REDIRECT_EXEMPT = [r"^healthz/$", r"^readyz/$"]  # probes speak plain HTTP to the process itself

LOGGING_CONFIG = "config.logs.configure"
LOGGING = logs.lines(human=False)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG  # the end of a task says what there is to say
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO  # somebody else's mistake
