"""What stands beside a profile, by key, in English and Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

PROFILE: Mapping[str, Mapping[Literal["en", "vi"], str]] = {
    "profile-weights": {
        "en": "{product} [{unit}] counts {weighed}",
        "vi": "{product} [{unit}] được tính từ {weighed}",
    },
    "profile-shared": {
        "en": "several products and no equivalent: each is told the whole consumption; write"
        " weights = {{ ... }} under one [products.NAME] to count them as one",
        "vi": "có nhiều sản phẩm mà không có sản phẩm quy đổi: mỗi sản phẩm được tính với toàn bộ"
        " mức tiêu thụ; hãy viết weights = {{ ... }} dưới một [products.TÊN] để tính chung",
    },
    "profile-no-baseline": {
        "en": "no plan names a baseline, so there is no RECP profile",
        "vi": "không kế hoạch nào nêu kỳ cơ sở, nên không có hồ sơ RECP",
    },
}
