"""
Settings, read from the environment and from `.env`; `.env.example` explains each.

Every default is the safe choice for production. `make run` loosens what a laptop needs.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

from config import logs
from config.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

environ.Env.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
env = Environment()
RANDOM = 'what `python -c "import secrets; print(secrets.token_urlsafe(50))"` prints'

# --- The site ------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", example=RANDOM)
SITE_URL = env.address("SITE_URL", example="https://shop.example")
SITE_NAME = env.str("SITE_NAME", default="Credits")
SITE_CONTACT = env.str("SITE_CONTACT", default="")
# Pages of yours that the footer of each page leads to.
SITE_TERMS_URL = env.str("SITE_TERMS_URL", default="")
SITE_PRIVACY_URL = env.str("SITE_PRIVACY_URL", default="")
SITE_REFUNDS_URL = env.str("SITE_REFUNDS_URL", default="")
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(SITE_URL).hostname or "localhost"])
if DEBUG:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "api",
    "billing",
    "credits",
    "config.apps.SiteConfig",
    "config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "procrastinate.contrib.django",
]
# A copy of Stripe for staff to look at. Nothing needs it: without this line it is gone.
INSTALLED_APPS += ["djstripe", "billing.mirror"]
if DEBUG:
    INSTALLED_APPS += ["development"]

LOG_REQUESTS = env.bool("LOG_REQUESTS", default=not DEBUG)
MIDDLEWARE = [
    "config.request_ids.numbered",
    "config.health.probes",
    *(["config.request_log.logged"] if LOG_REQUESTS else []),
    "django.middleware.security.SecurityMiddleware",
    "api.middleware.short_way",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.staff_access.sessions_of_hours",
    "config.reader_zone.ReaderZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.accounts.pending.codes_end_with_their_address",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.unavailable.DatabaseUnavailableMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
            ],
            "libraries": {"site": "config.site_tags"},
        },
    },
]

# --- The database: PostgreSQL, and no other ------------------------------------------------

DATABASES = {
    "default": env.db("DATABASE_URL", example="postgres://user:password@localhost:5432/credits")
}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60, least=0)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Connections of a web process in a pool; 0: each thread has its own (`config/connections.py`).
DATABASE_POOL = env.int("DATABASE_POOL", default=0, least=0)
# A server that is gone without a word is noticed within a minute, not after hours.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
} | DATABASES["default"].get("OPTIONS", {})
# Nobody waits without end for a lock, a statement, or whoever left a transaction open.
DATABASE_TIMEOUTS = env.str(
    "DATABASE_TIMEOUTS",
    default="lock_timeout=10s statement_timeout=60s idle_in_transaction_session_timeout=60s"
    if "DATABASE_TIMEOUTS" not in env
    else "",
)
if DATABASE_TIMEOUTS and "options" not in DATABASES["default"]["OPTIONS"]:
    DATABASES["default"]["OPTIONS"]["options"] = " ".join(
        f"-c {timeout}" for timeout in DATABASE_TIMEOUTS.split()
    )

# Off behind a pooler that gives each transaction another connection: cursors stay on one.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = not env.bool(
    "DATABASE_SERVER_SIDE_CURSORS", default=True
)

# --- The cache: rate limits, and how lately Stripe was asked --------------------------------

# By default in the database, so that all processes count together.
CACHES = {
    "default": env.cache("CACHE_URL", default="locmemcache://")
    if env.str("CACHE_URL", default="")
    else {"BACKEND": "config.cache.PostgresCache"}
}

# --- Language and time ---------------------------------------------------------------------

# The first is for visitors who ask for none of them.
LANGUAGES = env.languages("LANGUAGES", default="en,zh-hans,de")
LANGUAGE_CODE = LANGUAGES[0][0]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Static files --------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# --- Accounts: e-mail, password or code, always verified -----------------------------------

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ACCOUNT_ADAPTER = "config.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "config.accounts.forms.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True  # one address a person, replaced once the new one is verified
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # to change the address
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of a changed password or address
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{SITE_NAME}: "
# Limits are counted in the cache; those on passwords are in `config/accounts/limits.py`. Behind a
# proxy the client is the last address that the proxy has added.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
# A second factor: an app's codes or a passkey, with recovery codes for a lost device.
MFA_ADAPTER = "config.accounts.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # a code of the half minute before or after: clocks differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG  # browsers do so only on this machine
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not DEBUG)
STAFF_SESSION_HOURS = env.float("STAFF_SESSION_HOURS", default=8.0, least=0.1)
STAFF_CONFIRM_MINUTES = env.float("STAFF_CONFIRM_MINUTES", default=15.0, least=0)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "billing:overview"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
_email = env.email("EMAIL_URL", example="smtp+tls://user:password@mail.example:587")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email.get("EMAIL_HOST") or ""
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
# Seconds that a mail server may take for each of its answers.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10, least=1)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="credits@localhost")

# --- Stripe --------------------------------------------------------------------------------

STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
# Several secrets, comma-separated, may be good at once while one is rolled.
STRIPE_WEBHOOK_SECRET = env.list("STRIPE_WEBHOOK_SECRET", default=[])
STRIPE_LIVE_MODE = env.bool("STRIPE_LIVE_MODE", default=False)
# Another Stripe than https://api.stripe.com: the sandbox of this project.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
# Where Stripe's payment page and customer portal are: a shop may have a domain of its own for them.
STRIPE_CHECKOUT_ORIGINS = env.list(
    "STRIPE_CHECKOUT_ORIGINS",
    default=["https://checkout.stripe.com", "https://billing.stripe.com"],
)

if "billing.mirror" in INSTALLED_APPS:
    MIGRATION_MODULES = {"djstripe": "billing.mirror.djstripe_migrations"}
    STRIPE_TEST_SECRET_KEY = "" if STRIPE_LIVE_MODE else STRIPE_SECRET_KEY
    STRIPE_LIVE_SECRET_KEY = STRIPE_SECRET_KEY if STRIPE_LIVE_MODE else ""
    DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
    if STRIPE_API_BASE:  # dj-stripe's own commands go there too
        STRIPE_API_HOST = STRIPE_API_BASE

# --- Credits -------------------------------------------------------------------------------

# The defaults, and what each means, are in `credits/conf.py`; here is what the environment says.
for _name in (
    "CREDITS_RESTORE_GRACE_DAYS",
    "CREDITS_HOLD_MINUTES",
    "CREDITS_HOLD_LONGEST_MINUTES",
    "CREDITS_ADJUSTMENT_APPROVAL_ABOVE",
    "CREDITS_SIGNUP_GRANT",
    "CREDITS_SIGNUP_VALID_DAYS",
    "CREDITS_MONTHLY_ALLOWANCE",
    "CREDITS_LOW_BALANCE",
    "CREDITS_LOW_BALANCE_RECOVERED",
):
    if env.str(_name, default=""):
        globals()[_name] = env.int(_name)
CREDITS_BUY_URL = env.str("CREDITS_BUY_URL", default="billing:overview")
if env.str("CREDITS_SHORTFALL_POLICY", default=""):
    CREDITS_SHORTFALL_POLICY = env.str("CREDITS_SHORTFALL_POLICY")
if env.str("CREDITS_SIGNUP_FINGERPRINT_KEYS", default=""):
    CREDITS_SIGNUP_FINGERPRINT_KEYS = env.list("CREDITS_SIGNUP_FINGERPRINT_KEYS")
if "CREDITS_EXPIRY_NOTICE_DAYS" in env:
    CREDITS_EXPIRY_NOTICE_DAYS = env.list("CREDITS_EXPIRY_NOTICE_DAYS", cast=int, default=[])
if env.str("CREDITS_PREPARED_STATEMENTS", default=""):
    CREDITS_PREPARED_STATEMENTS = env.bool("CREDITS_PREPARED_STATEMENTS")

# --- Billing -------------------------------------------------------------------------------

# The defaults, and what each means, are in `billing/conf.py`; here is what the environment says.
for _name in (
    "BILLING_CHECKOUTS_PER_HOUR",
    "BILLING_VOUCHER_ATTEMPTS_PER_HOUR",
    "BILLING_SESSION_MINUTES",
    "BILLING_PAYLOAD_DAYS",
    "BILLING_RECONCILE_DAYS",
    "BILLING_ERASURE_GRACE_DAYS",
):
    if env.str(_name, default=""):
        globals()[_name] = env.int(_name)
for _name in ("BILLING_RECONCILE_PATIENCE", "STRIPE_TIMEOUT"):
    if env.str(_name, default=""):
        globals()[_name] = env.float(_name)
for _name in (
    "BILLING_AUTOMATIC_TAX",
    "BILLING_TAX_ID_COLLECTION",
    "BILLING_INVOICE_CREATION",
    "BILLING_MANAGED_PAYMENTS",
    "BILLING_FRAUD_HOLD",
):
    if env.str(_name, default=""):
        globals()[_name] = env.bool(_name)
# Without tax, which only Stripe's page calculates, people may have a saved card charged.
BILLING_TOP_UPS = not any(
    globals().get(_name, False) for _name in ("BILLING_AUTOMATIC_TAX", "BILLING_MANAGED_PAYMENTS")
)
if env.str("BILLING_TOP_UPS", default=""):
    BILLING_TOP_UPS = env.bool("BILLING_TOP_UPS")
if env.str("BILLING_ADDRESS_COLLECTION", default=""):
    BILLING_ADDRESS_COLLECTION = env.str("BILLING_ADDRESS_COLLECTION")
if env.str("BILLING_STRIPE_ACCOUNT", default=""):
    BILLING_STRIPE_ACCOUNT = env.str("BILLING_STRIPE_ACCOUNT")
# Saved cards and automatic top-up: `manage.py worker` charges what falls due.
if env.str("BILLING_CURRENCY", default=""):
    BILLING_CURRENCY = env.str("BILLING_CURRENCY")
if env.str("BILLING_FRAUD_REFUND_BELOW", default=""):
    BILLING_FRAUD_REFUND_BELOW = env.amounts("BILLING_FRAUD_REFUND_BELOW")
if env.str("BILLING_SIGNUP_URL", default=""):
    BILLING_SIGNUP_URL = env.str("BILLING_SIGNUP_URL")
BILLING_NEXT_HOSTS = env.list("BILLING_NEXT_HOSTS", default=[])
BILLING_SELLER = env.str("BILLING_SELLER", default="").replace("\\n", "\n")
if env.str("PAYMENT_METHOD_TYPES", default=""):
    PAYMENT_METHOD_TYPES = env.list("PAYMENT_METHOD_TYPES")

BILLING_TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT

# --- The HTTP API --------------------------------------------------------------------------

# The defaults, and what each means, are in `api/conf.py`; here is what the environment says.
for _name in ("API_REQUESTS_PER_MINUTE", "API_MAX_BODY_BYTES"):
    if env.str(_name, default=""):
        globals()[_name] = env.int(_name)
if env.str("API_WEBHOOK_PRIVATE_ADDRESSES", default=""):
    API_WEBHOOK_PRIVATE_ADDRESSES = env.bool("API_WEBHOOK_PRIVATE_ADDRESSES")
if env.str("API_WEBHOOK_TIMEOUT", default=""):
    API_WEBHOOK_TIMEOUT = env.float("API_WEBHOOK_TIMEOUT")
if env.str("API_WEBHOOK_MAIL_TO", default=""):
    API_WEBHOOK_MAIL_TO = env.list("API_WEBHOOK_MAIL_TO")

# --- Background jobs -----------------------------------------------------------------------

# A job that is done leaves no row: periodic ones alone would be millions a year.
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

# --- Security ------------------------------------------------------------------------------

_https = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=_https)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if _https else 0, least=0)
# What other names below this domain serve is not this site's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [
            SELF,
            *STRIPE_CHECKOUT_ORIGINS,
            *([STRIPE_API_BASE] if STRIPE_API_BASE else []),
        ],
    },
}

# --- Machines that watch -------------------------------------------------------------------

# Who may read /metrics: `Authorization: Bearer <token>`. Empty: nobody, but with DEBUG everybody.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- Logs ----------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO", choices=logs.LEVELS)
LOGGING = logs.logging_config(
    readable=DEBUG,
    level=LOG_LEVEL,
    stream=env.str("LOG_STREAM", default="stderr", choices=("stdout", "stderr")),
)

# --- What is missing, or cannot be ---------------------------------------------------------

env.refuse()
