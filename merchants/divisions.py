"""Administrative divisions (GB/T 2260): six digits, the first two the province, the first four the city."""

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PROVINCES: Final = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区",
    "21": "辽宁省", "22": "吉林省", "23": "黑龙江省",
    "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省",
    "41": "河南省", "42": "湖北省", "43": "湖南省", "44": "广东省", "45": "广西壮族自治区", "46": "海南省",
    "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省", "54": "西藏自治区",
    "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区", "65": "新疆维吾尔自治区",
    "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip
PATTERN: Final = f"^({'|'.join(PROVINCES)})[0-9]{{4}}$"


def is_division(code: str) -> bool:
    return bool(re.match(PATTERN, code))


def province_of(code: str) -> str:
    """The province's name; "" for an invalid code."""
    return PROVINCES.get(code[:2], "") if is_division(code) else ""


def city_of(code: str) -> str:
    """The code of the city that a county or district belongs to: 330106 → 330100."""
    return f"{code[:4]}00"


def validate(code: str) -> None:
    """Raises ValidationError."""
    if not is_division(code):
        raise ValidationError(_("An administrative division (GB/T 2260) has six digits, the first two a province."))
