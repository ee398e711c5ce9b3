"""Sentences that a plant manager reads, by key, in English and Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal

from plant.errors import AnalysisError

Language = Literal["en", "vi"]


@dataclass(frozen=True, slots=True)
class Message:
    """A key of TEXTS and the numbers and names that its sentence holds."""

    key: str
    parameters: Mapping[str, object]

    def text(self, language: Language = "en") -> str:
        """The sentence; unknown languages raise KeyError."""
        template = TEXTS[self.key][language]
        parts = {
            name: value.text(language) if isinstance(value, Message) else value
            for name, value in self.parameters.items()
        }
        return _FORMATTERS[language].vformat(template, (), parts)


class UnusableError(AnalysisError):
    """Data from which no number may be drawn; carries the sentence that says why."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message.text())


class _DecimalComma(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        written = str(super().format_field(value, format_spec))
        return written.replace(".", ",") if isinstance(value, float) else written


_FORMATTERS: Mapping[Language, Formatter] = {"en": Formatter(), "vi": _DecimalComma()}

TEXTS: Mapping[str, Mapping[Language, str]] = {
    # why a candidate was, or was not, used
    "passed": {
        "en": "passes every test",
        "vi": "đạt mọi kiểm định",
    },
    "used": {
        "en": "used: the highest adjusted R² ({adjusted_r2:.4f}) of those that pass every test",
        "vi": "được dùng: R² hiệu chỉnh cao nhất ({adjusted_r2:.4f}) trong các mô hình đạt mọi"
        " kiểm định",
    },
    "lower-adjusted-r2": {
        "en": "passes every test, but its adjusted R² ({adjusted_r2:.4f}) is not above that of"
        " {drivers} ({best:.4f})",
        "vi": "đạt mọi kiểm định, nhưng R² hiệu chỉnh ({adjusted_r2:.4f}) không cao hơn của"
        " {drivers} ({best:.4f})",
    },
    "f-test": {
        "en": "the F-test gives p = {p:.3g}, above {limit}",
        "vi": "kiểm định F cho p = {p:.3g}, lớn hơn {limit}",
    },
    "driver-p": {
        "en": "{driver} has p = {p:.3g}, above {limit}",
        "vi": "{driver} có p = {p:.3g}, lớn hơn {limit}",
    },
    "best-driver-p": {
        "en": "no driver has p of at most {limit}; the best has {p:.3g}",
        "vi": "không biến nào có p từ {limit} trở xuống; nhỏ nhất là {p:.3g}",
    },
    "r2": {
        "en": "R² is {r2:.3f}, below {limit}",
        "vi": "R² là {r2:.3f}, nhỏ hơn {limit}",
    },
    "too-few-points": {
        "en": "{n} points; {needed} are needed for so many coefficients",
        "vi": "có {n} điểm; cần {needed} điểm cho số hệ số này",
    },
    "ill-conditioned": {
        "en": "refused: {drivers} move together in the baseline and cannot be told apart",
        "vi": "bị từ chối: {drivers} biến đổi cùng nhau trong kỳ cơ sở, không thể tách riêng",
    },
    "mean-used": {
        "en": "used: no driver passes every test, so the mean of the baseline stands",
        "vi": "được dùng: không biến nào đạt mọi kiểm định, nên lấy trung bình của kỳ cơ sở",
    },
    "mean-not-needed": {
        "en": "not needed: {drivers} passes every test",
        "vi": "không cần: {drivers} đạt mọi kiểm định",
    },
    # the verdict
    "proven": {
        "en": "At least {shown:g} % of the expected use was saved, no less than the {target:g} %"
        " claimed.",
        "vi": "Ít nhất {shown:g} % mức tiêu thụ dự kiến đã được tiết kiệm, không thấp hơn mức công"
        " bố {target:g} %.",
    },
    "refuted": {
        "en": "At most {most:g} % of the expected use was saved, less than the {target:g} %"
        " claimed; at least {shown:g} % is shown.",
        "vi": "Nhiều nhất {most:g} % mức tiêu thụ dự kiến đã được tiết kiệm, thấp hơn mức công bố"
        " {target:g} %; ít nhất {shown:g} % đã được chứng tỏ.",
    },
    "plausible": {
        "en": "At least {shown:g} % was saved, but it may be anything up to {most:g} %, so the"
        " {target:g} % claimed is neither confirmed nor ruled out; {decide}.",
        "vi": "Đã tiết kiệm ít nhất {shown:g} %, nhưng có thể là bất kỳ mức nào đến {most:g} %,"
        " nên mức công bố {target:g} % chưa được xác nhận cũng chưa bị bác bỏ; {decide}.",
    },
    "undecided": {
        "en": "The saving may be anything from {least:g} to {most:g} % of the expected use, too"
        " wide a range to judge the {target:g} % claimed; {decide}.",
        "vi": "Mức tiết kiệm có thể từ {least:g} đến {most:g} % mức tiêu thụ dự kiến, khoảng này"
        " quá rộng để kết luận về mức công bố {target:g} %; {decide}.",
    },
    "so-far": {
        "en": "So far the saving lies between {least:g} and {most:g} % of the expected use; the"
        " verdict on the {target:g} % claimed comes when its period has ended.",
        "vi": "Đến nay mức tiết kiệm nằm trong khoảng {least:g} đến {most:g} % mức tiêu thụ dự"
        " kiến; kết luận về mức công bố {target:g} % chỉ có khi kỳ công bố kết thúc.",
    },
    "outside": {
        "en": "{drivers} lay outside what the baseline has seen at {outside} of {m} points, so its"
        " forecast cannot be trusted.",
        "vi": "{drivers} nằm ngoài phạm vi của kỳ cơ sở tại {outside} trên {m} điểm, nên dự báo"
        " không đáng tin.",
    },
    "unsettled": {
        "en": "No driver explains the baseline well enough to be used, yet {drivers} changed so"
        " much that the answer depends on it.",
        "vi": "Không biến nào giải thích kỳ cơ sở đủ tốt để sử dụng, nhưng {drivers} đã thay đổi"
        " nhiều đến mức kết quả phụ thuộc vào nó.",
    },
    # why no number is given
    "no-plan": {
        "en": "No plan says how {resource} is judged: write [plans.{resource}] into the plant"
        " file.",
        "vi": "Chưa có kế hoạch đánh giá {resource}: hãy thêm [plans.{resource}] vào tệp nhà máy.",
    },
    "plan-open": {
        "en": "The plan {plan} is not locked, so nothing is expected of the reporting period:"
        " lock it first.",
        "vi": "Kế hoạch {plan} chưa được khóa nên chưa có mức dự kiến cho kỳ báo cáo: hãy khóa kế"
        " hoạch trước.",
    },
    "plan-changed": {
        "en": "The plan {plan} has changed since it was locked: amend the lock with a reason, or"
        " restore the plan.",
        "vi": "Kế hoạch {plan} đã thay đổi sau khi khóa: hãy khóa bổ sung kèm lý do, hoặc khôi"
        " phục kế hoạch.",
    },
    "nothing-expected": {
        "en": "The baseline expects no use over the reporting period, so no share of it can be"
        " judged.",
        "vi": "Theo kỳ cơ sở, kỳ báo cáo không có mức tiêu thụ dự kiến nào, nên không thể xét tỷ"
        " lệ tiết kiệm.",
    },
    "negative-actual": {
        "en": "The use of the reporting period is negative in sum; judge use and export apart.",
        "vi": "Tổng mức tiêu thụ của kỳ báo cáo là số âm; hãy xét riêng tiêu thụ và phát ra.",
    },
    "no-reporting-points": {
        "en": "The reporting period holds no point yet.",
        "vi": "Kỳ báo cáo chưa có điểm số liệu nào.",
    },
    "few-baseline-points": {
        "en": "The baseline has {n} points; at least {needed} are needed.",
        "vi": "Kỳ cơ sở có {n} điểm; cần ít nhất {needed} điểm.",
    },
    "many-drivers": {
        "en": "The plan lists {k} drivers; at most {limit} can be compared.",
        "vi": "Kế hoạch liệt kê {k} biến; chỉ so sánh được nhiều nhất {limit} biến.",
    },
    "zero-consumption": {
        "en": "Consumption is zero at every point of the baseline.",
        "vi": "Mức tiêu thụ bằng không tại mọi điểm của kỳ cơ sở.",
    },
    "constant-consumption": {
        "en": "Consumption is the same at every point of the baseline; check that the meter was"
        " read.",
        "vi": "Mức tiêu thụ như nhau tại mọi điểm của kỳ cơ sở; hãy kiểm tra việc đọc đồng hồ.",
    },
    "zero-driver": {
        "en": "{driver} is zero at every point of the baseline, so it explains nothing.",
        "vi": "{driver} bằng không tại mọi điểm của kỳ cơ sở, nên không giải thích được gì.",
    },
    "constant-driver": {
        "en": "{driver} never changes in the baseline, so it explains nothing.",
        "vi": "{driver} không thay đổi trong kỳ cơ sở, nên không giải thích được gì.",
    },
    "nothing-fits": {
        "en": "No model can be fitted to the baseline: the drivers move together or the points are"
        " too few.",
        "vi": "Không lập được mô hình nào cho kỳ cơ sở: các biến biến đổi cùng nhau hoặc quá ít"
        " điểm.",
    },
    # what a reader must know beside the verdict
    "weak-baseline": {
        "en": "Weak: {n} baseline points; the interval is wide and rests on few data.",
        "vi": "Yếu: kỳ cơ sở chỉ có {n} điểm; khoảng tin cậy rộng và dựa trên ít số liệu.",
    },
    "some-outside": {
        "en": "{outside} of {m} points lie outside the baseline's range of a driver, {leverage}"
        " beyond its largest leverage.",
        "vi": "{outside} trên {m} điểm nằm ngoài phạm vi biến của kỳ cơ sở, {leverage} điểm vượt"
        " đòn bẩy lớn nhất của kỳ đó.",
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
    "excluded-reporting": {
        "en": "{count} points of the reporting period are left out: {why}.",
        "vi": "{count} điểm của kỳ báo cáo bị loại: {why}.",
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
    # what would decide it
    "decide-points-or-cv": {
        "en": "about {points} more points, or a model scatter (CV(RMSE)) of at most {cv:g} %,"
        " would decide it",
        "vi": "thêm khoảng {points} điểm, hoặc độ phân tán của mô hình (CV(RMSE)) không quá"
        " {cv:g} %, thì sẽ kết luận được",
    },
    "decide-cv": {
        "en": "more points alone would not decide it, a model scatter (CV(RMSE)) of at most"
        " {cv:g} % would",
        "vi": "chỉ thêm điểm thì không kết luận được, cần độ phân tán của mô hình (CV(RMSE))"
        " không quá {cv:g} %",
    },
    "decide-close": {
        "en": "the saving found is so close to the claim that no amount of data is likely to"
        " decide it",
        "vi": "mức tiết kiệm tìm được quá gần mức công bố nên thêm số liệu cũng khó kết luận được",
    },
}
