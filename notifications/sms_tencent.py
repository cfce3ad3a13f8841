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
            # Its text may repeat the number, so only the provider's code goes on.
            raise SmsNotSent(error.get_code()) from None
        refused = [status.Code for status in answer.SendStatusSet if status.Code != "Ok"]
        if refused:
            raise SmsNotSent(refused[0])

    def _client(self) -> SmsClient:
        known: dict[str, Any] = settings.TENCENT_SMS
        http = HttpProfile(reqTimeout=TIMEOUT_SECONDS)
        if endpoint := known.get("endpoint"):
            http.scheme, http.endpoint = endpoint.split("://")
        credential = Credential(known["secret_id"], known["secret_key"])
        return SmsClient(credential, known["region"], ClientProfile(httpProfile=http))

    def _request(self, sms: Sms) -> SendSmsRequest:
        known: dict[str, Any] = settings.TENCENT_SMS
        template = known["templates"][sms.template]
        request = SendSmsRequest()
        request.SmsSdkAppId = known["app_id"]
        request.SignName = known["signature"]
        request.TemplateId = template["id"]
        request.TemplateParamSet = [sms.facts[fact] for fact in template["facts"]]
        request.PhoneNumberSet = [sms.phone]
        return request
