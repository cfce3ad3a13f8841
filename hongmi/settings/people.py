"""Sign-in, and retention of personal data."""

from hongmi.settings.environment import ENVIRONMENT, IS_PRODUCTION, env

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    # Opens no session: it returns the permissions of a signed-in person's roles.
    "merchants.permissions.RoleBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
if ENVIRONMENT == "test":
    # A slow hash protects stolen passwords; the tests have none to steal.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# For partners' secrets, which are random; people's passwords use the first of the list.
PASSWORD_HASHERS += ["merchants.credentials.RandomSecretHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
# Shows a pending question about a membership first (merchants.views.welcome).
LOGIN_REDIRECT_URL = "welcome"
WELCOME_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.PasswordSignInForm"}
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone", "username"}
# There is no sign-up form: a person who verifies a number without an account gets one (accounts/operations/sign_in.py).
# The phone is optional, because people with a sign-in name or a card have none.
ACCOUNT_SIGNUP_FIELDS = ["phone", "password1*"]
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
USERSESSIONS_TRACK_ACTIVITY = False

# Limits of sending and guessing codes, per number and per address. SIGN_IN_FAILURE_BUDGETS counts all wrong answers of
# the platform: above it sign-in by code pauses for unknown devices. A code is valid for 5 minutes and 3 answers.
SIGN_IN_CODE_RATES = {"number": ["1/minute", "5/hour", "10/day"], "address": ["20/minute", "200/hour"]}
SIGN_IN_ANSWER_RATES = {"address": ["30/minute", "300/hour"]}
# Codes with which members authorise a merchant to spend their points: per number and per requesting merchant.
SPENDING_CODE_RATES = {"number": ["3/minute", "20/hour"], "merchant": ["600/minute"]}
# Limits of wrong member codes and card numbers, and of wrong SMS codes, that a client may send
# (merchants/code_guesses.py).
MEMBER_CODE_GUESS_RATES = {"credential": ["100/10 minutes"], "merchant": ["500/hour"]}
SPENDING_CODE_GUESS_RATES = {"credential": ["100/hour"], "merchant": ["100/hour", "500/day"]}
SIGN_IN_FAILURE_BUDGETS = ["200/10 minutes", "2000/day"]
SMS_DRIVER = env.str("SMS_DRIVER", default="" if IS_PRODUCTION else "notifications.sms.Sandbox")
# For notifications/sms_tencent.py: secret_id, secret_key, app_id, signature, region, templates.
TENCENT_SMS = env.json("TENCENT_SMS", default={})

# After this long without a sign-in a number may have been given to somebody else (二次放号).
RECYCLED_NUMBER_AFTER_DAYS = 180
# Days between the notice of a lost number and support's move of the account without a second person.
PHONE_MOVE_NOTICE_DAYS = 7
CLOSING_COOLING_OFF_DAYS = 15
# 电子商务法 art. 31: records of a transaction are retained for at least three years after it.
PERSONAL_DATA_KEPT_YEARS = 3
# The current version of the terms and the privacy notice.
TERMS_VERSION = "2026-11"
# Each app's module for export, erasure and retention of personal data (accounts.data_subjects.PersonalDataModule).
PERSONAL_DATA_MODULES = [
    "accounts.personal_data",
    "merchants.personal_data",
    "points.personal_data",
    "redemption.personal_data",
]
# Functions that seal again what an older key of HONGMI_FIELD_KEYS sealed; each returns how many values it changed.
RESEALED_BY = ["redemption.operations.vouchers.reseal_codes"]
# Each app's module for a merge of accounts (accounts.operations.merges.MergeModule); the ledger first, because every
# act locks wallets before anything else.
MERGE_MODULES = [
    "points.account_merge",
    "redemption.account_merge",
    "merchants.account_merge",
    "accounts.account_merge",
]
# People who can move points or invite others need a second factor in the console; the demo's people do not.
CONSOLE_SECOND_FACTOR = env.bool("CONSOLE_SECOND_FACTOR", default=IS_PRODUCTION)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "accounts.second_factor.MFAAdapter"
