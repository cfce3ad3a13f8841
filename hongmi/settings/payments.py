"""Payment providers for the cash part of an order."""

from hongmi.settings.environment import IS_PRODUCTION, env

# See redemption/payments; production refuses the sandbox (hongmi.E023).
PAYMENT_PROVIDERS = env.dict(
    "PAYMENT_PROVIDERS", default={} if IS_PRODUCTION else {"sandbox": "redemption.payments.sandbox.Sandbox"}
)
# For redemption/payments/wechat.py: base_url, mchid, appid, serial_no, private_key, api_v3_key, notify_url,
# platform_keys.
WECHAT_PAY = env.json("WECHAT_PAY", default={})
