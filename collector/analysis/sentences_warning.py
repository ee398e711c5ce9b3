"""What a reader must know beside the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

WARNING: Mapping[str, Mapping[Literal["en", "vi"], str]] = {
    # what a reader must know beside the verdict
    "weak-baseline": {
        "en": "Weak: {n} baseline points are few to learn from how errors follow one another; where"
        " they last, the interval holds the truth less often than it says.",
        "vi": "Yếu: {n} điểm của kỳ cơ sở là ít để biết sai số nối tiếp nhau thế nào; khi sai số"
        " kéo dài, khoảng tin cậy chứa giá trị thật ít hơn mức đã nêu.",
    },
    "some-outside": {
        "en": "{outside} of {m} points lie outside the baseline's range of a driver, {leverage}"
        " beyond its largest leverage.",
        "vi": "{outside} trên {m} điểm nằm ngoài phạm vi biến của kỳ cơ sở, {leverage} điểm vượt"
        " đòn bẩy lớn nhất của kỳ đó.",
    },
    "rests-on-adjustments": {
        "en": "The verdict rests on the adjustments that were entered: without them {least:.3g} to"
        " {most:.3g} % was saved, which is judged otherwise.",
        "vi": "Kết luận dựa vào các điều chỉnh đã nhập: không có chúng thì mức tiết kiệm là"
        " {least:.3g} đến {most:.3g} %, và kết luận sẽ khác.",
    },
    "rests-on-adjustments-alone": {
        "en": "The verdict rests on the adjustments that were entered; without them: {why}",
        "vi": "Kết luận dựa vào các điều chỉnh đã nhập; không có chúng thì: {why}",
    },
    "locked-late": {
        "en": "The plan in force was locked {days} days after this period began, when its"
        " figures may have been known.",
        "vi": "Kế hoạch đang dùng được khóa {days} ngày sau khi kỳ này bắt đầu, khi số liệu của kỳ"
        " có thể đã được biết.",
    },
    "amounts-after-lock": {
        "en": "{count} amounts of this plan were corrected or withdrawn after it was locked; as"
        " first entered they stand in the evidence.",
        "vi": "{count} số liệu của kế hoạch này đã được sửa hoặc rút lại sau khi khóa; số nhập ban"
        " đầu vẫn nằm trong tệp bằng chứng.",
    },
    "claims-overlap": {
        "en": "{others} is about the same use on the same days: it is one saving, not to be added,"
        " and each further claim is a further chance.",
        "vi": "{others} nói về cùng mức tiêu thụ trong cùng những ngày: đó là một mức tiết kiệm,"
        " không được cộng lại, và mỗi công bố thêm là thêm một cơ hội.",
    },
    "negative-expected": {
        "en": "The baseline expects less than nothing at {points} of {m} points; they are counted"
        " as they are.",
        "vi": "Mức dự kiến nhỏ hơn không tại {points} trên {m} điểm; các điểm này được giữ nguyên.",
    },
    "excluded-baseline": {
        "en": "{count} points of the baseline are left out: {why}.",
        "vi": "{count} điểm của kỳ cơ sở bị loại: {why}.",
    },
    "excluded-middle": {
        "en": "{count} points of the model period are left out: {why}.",
        "vi": "{count} điểm của kỳ lập mô hình bị loại: {why}.",
    },
    "season-unseen": {
        "en": "{points} of {m} points lie in a season that the model has not seen; if consumption"
        " follows the seasons, the interval is too narrow: let the baseline last a whole year.",
        "vi": "{points} trên {m} điểm nằm trong mùa mà mô hình chưa có số liệu; nếu mức tiêu thụ"
        " thay đổi theo mùa thì khoảng tin cậy quá hẹp: hãy lấy kỳ cơ sở trọn một năm.",
    },
    "part-month": {
        "en": "{days} of the {all} days of the claim's period fill no whole month and are not"
        " judged.",
        "vi": "{days} trên {all} ngày của kỳ công bố không nằm trong tháng trọn vẹn nào nên không"
        " được xét.",
    },
    "part-week": {
        "en": "{days} of the {all} days of the claim's period fill no whole week and are not"
        " judged.",
        "vi": "{days} trên {all} ngày của kỳ công bố không nằm trong tuần trọn vẹn nào nên không"
        " được xét.",
    },
    "excluded-reporting": {
        "en": "{count} points of the reporting period are left out: {why}.",
        "vi": "{count} điểm của kỳ báo cáo bị loại: {why}.",
    },
    # why a point is left out
    "lacks": {
        "en": "{what} is missing",
        "vi": "thiếu số liệu {what}",
    },
    "lacks-consumption": {
        "en": "consumption is missing",
        "vi": "thiếu số liệu tiêu thụ",
    },
    "never-observed": {
        "en": "{what} is known for longer periods only, so these steps were never observed",
        "vi": "{what} chỉ có số liệu theo kỳ dài hơn nên các điểm này chưa từng được quan sát",
    },
    "far-points": {
        "en": "{points} of {n} points of the baseline lie far from the model; they are kept.",
        "vi": "{points} trên {n} điểm của kỳ cơ sở nằm xa mô hình; vẫn được giữ lại.",
    },
    "pulling-points": {
        "en": "{points} of {n} points of the baseline pull the model strongly; they are kept.",
        "vi": "{points} trên {n} điểm của kỳ cơ sở kéo lệch mô hình mạnh; vẫn được giữ lại.",
    },
    "unstable": {
        "en": "What the plant uses for the same drivers drifted within the baseline, so one model"
        " describes it badly.",
        "vi": "Trong kỳ cơ sở, mức tiêu thụ ứng với cùng giá trị các biến đã thay đổi dần, nên một"
        " mô hình mô tả chưa tốt.",
    },
    "collinear": {
        "en": "{driver} is largely explained by the other drivers (VIF {vif:.3g}).",
        "vi": "{driver} phần lớn được giải thích bởi các biến khác (VIF {vif:.3g}).",
    },
    "exact": {
        "en": "The model fits the baseline without any residual; real readings do not do that.",
        "vi": "Mô hình khớp kỳ cơ sở không có phần dư; số liệu thật không như vậy.",
    },
    "intercept-only": {
        "en": "No driver is used: the baseline is a mean and knows nothing of production.",
        "vi": "Không dùng biến nào: kỳ cơ sở là giá trị trung bình và không xét đến sản lượng.",
    },
}
