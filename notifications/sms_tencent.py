"""Tencent Cloud SMS, for installations that send (`pip install hongmi[tencent]`).

SMS_DRIVER=notifications.sms_tencent.Tencent and TENCENT_SMS choose it.

The texts of templates/notifications/sms must be registered with the provider, word for word, their facts as {1}, {2} …
in the order of TENCENT_SMS["templates"]. API 2021-01-11, signed TC3-HMAC-SHA256 by the provider's own library.
"""

from typing import Any

from django.conf import settings
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from notifications.sms import Sms, SmsNotSent

TIMEOUT_SECONDS = 5


class Tencent:
    """settings.TENCENT_SMS: secret_id, secret_key, app_id, signature, region, templates {name: {id, facts}}."""

    def send(self, sms: Sms) -> None:
        try:
            answer = self._client().SendSms(self._request(sms))
        except TencentCloudSDKException as error:
            # Only the provider's code is passed on, because its text may repeat the number.
            raise SmsNotSent({"provider_code": error.get_code()}) from None
        refused = [status.Code for status in answer.SendStatusSet if status.Code != "Ok"]
        if refused:
            raise SmsNotSent({"provider_code": refused[0]})

    def _client(self) -> SmsClient:
        options: dict[str, Any] = settings.TENCENT_SMS
        http = HttpProfile(reqTimeout=TIMEOUT_SECONDS)
        if endpoint := options.get("endpoint"):
            http.scheme, http.endpoint = endpoint.split("://")
        credential = Credential(options["secret_id"], options["secret_key"])
        return SmsClient(credential, options["region"], ClientProfile(httpProfile=http))

    def _request(self, sms: Sms) -> SendSmsRequest:
        options: dict[str, Any] = settings.TENCENT_SMS
        template = options["templates"][sms.template]
        request = SendSmsRequest()
        request.SmsSdkAppId = options["app_id"]
        request.SignName = options["signature"]
        request.TemplateId = template["id"]
        request.TemplateParamSet = [sms.facts[fact] for fact in template["facts"]]
        request.PhoneNumberSet = [sms.phone]
        return request
