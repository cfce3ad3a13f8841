"""How people sign in, and what is kept of them."""

from hongmi.settings.environment import ENVIRONMENT, IS_PRODUCTION, env

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    # Opens no session: it says what the roles of who is signed in let them do.
    "merchants.permissions.RoleBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
if ENVIRONMENT == "test":
    # A slow hash protects stolen passwords; the tests have none to steal.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# For partners' secrets, which a machine drew; not for people, who get the first of the list.
PASSWORD_HASHERS += ["merchants.credentials.RandomSecretHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
# Who waits for a question about a membership is asked first (merchants.views.welcome).
LOGIN_REDIRECT_URL = "welcome"
WELCOME_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.PasswordSignInForm"}
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone", "username"}
# Nobody signs up with a form: who proves a number that has no account gets one (accounts/operations/sign_in.py).
# A phone that is not required, because who has none (a sign-in name, a card) would not be let in.
ACCOUNT_SIGNUP_FIELDS = ["phone", "password1*"]
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
USERSESSIONS_TRACK_ACTIVITY = False

# How codes are sent and guessed: per number and per address; the whole house's wrong answers before sign-in by code
# pauses for devices it has not met. One code lives 5 minutes and bears 3 answers.
SIGN_IN_CODE_RATES = {"number": ["1/minute", "5/hour", "10/day"], "address": ["20/minute", "200/hour"]}
SIGN_IN_ANSWER_RATES = {"address": ["30/minute", "300/hour"]}
# Codes by which members let a merchant spend their points: per number, and per merchant that asks.
SPENDING_CODE_RATES = {"number": ["3/minute", "20/hour"], "merchant": ["600/minute"]}
# Wrong member codes and cards, and wrong codes of those SMS, that a till brings before it has to wait
# (merchants/code_guesses.py).
MEMBER_CODE_GUESS_RATES = {"credential": ["100/10 minutes"], "merchant": ["500/hour"]}
SPENDING_CODE_GUESS_RATES = {"credential": ["100/hour"], "merchant": ["100/hour", "500/day"]}
SIGN_IN_FAILURE_BUDGETS = ["200/10 minutes", "2000/day"]
SMS_DRIVER = env.str("SMS_DRIVER", default="" if IS_PRODUCTION else "notifications.sms.Sandbox")
# For notifications/sms_tencent.py: secret_id, secret_key, app_id, signature, region, templates.
TENCENT_SMS = env.json("TENCENT_SMS", default={})

# After this long without a sign-in a number may have been given to somebody else (二次放号).
RECYCLED_NUMBER_AFTER_DAYS = 180
# How long the notice of a lost number stands before support's move of the account happens without a second person.
PHONE_MOVE_NOTICE_DAYS = 7
CLOSING_COOLING_OFF_DAYS = 15
# 电子商务法 art. 31: what belongs to a transaction is kept for at least three years after it.
PERSONAL_DATA_KEPT_YEARS = 3
# The version of the terms and the privacy notice that people agree to now.
TERMS_VERSION = "2026-11"
# Each app's part in export, erasure and retention of personal data (accounts/data_subjects.py says what a part is).
PERSONAL_DATA_ROOMS = [
    "accounts.personal_data",
    "merchants.personal_data",
    "points.personal_data",
    "redemption.personal_data",
]
# Each app's part of a merge of accounts; the books first, because every act locks wallets before anything else.
MERGE_ROOMS = ["points.account_merge", "redemption.account_merge", "merchants.account_merge", "accounts.account_merge"]
# Whoever can move points or let others in needs a second factor in the console; the demo's people sign in by password.
CONSOLE_SECOND_FACTOR = env.bool("CONSOLE_SECOND_FACTOR", default=IS_PRODUCTION)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "accounts.second_factor.MFAAdapter"
