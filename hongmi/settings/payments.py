"""Who moves the cash beside points."""

from hongmi.settings.environment import IS_PRODUCTION, env

# Who moves the cash beside points (redemption/payments): the sandbox is refused in production (hongmi.E023).
PAYMENT_PROVIDERS = env.dict(
    "PAYMENT_PROVIDERS", default={} if IS_PRODUCTION else {"sandbox": "redemption.payments.sandbox.Sandbox"}
)
# For redemption/payments/wechat.py: base_url, mchid, appid, serial_no, private_key, api_v3_key, notify_url,
# platform_keys.
WECHAT_PAY = env.json("WECHAT_PAY", default={})
