"""The verdict, why there is none, and what would decide it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

VERDICT: Mapping[str, Mapping[Literal["en", "vi"], str]] = {
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
    "refuted-nothing": {
        "en": "At most {most:g} % of the expected use was saved, less than the {target:g} %"
        " claimed; no saving is shown.",
        "vi": "Nhiều nhất {most:g} % mức tiêu thụ dự kiến đã được tiết kiệm, thấp hơn mức công bố"
        " {target:g} %; không có mức tiết kiệm nào được chứng tỏ.",
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
    "season": {
        "en": "{unseen} of {m} points lie in a season that the baseline has not seen, and no driver"
        " follows the seasons, so that the season itself may look like a saving or hide one: let"
        " the baseline last a whole year, or let the plan say after how long the plant has seen all"
        " its conditions (cycle).",
        "vi": "{unseen} trên {m} điểm nằm trong mùa mà kỳ cơ sở chưa có số liệu và không biến nào"
        " phản ánh mùa, nên chính mùa có thể trông như mức tiết kiệm hoặc che mất nó: hãy lấy kỳ"
        " cơ sở trọn một năm, hoặc nêu trong kế hoạch sau bao lâu nhà máy đã trải qua mọi điều kiện"
        " (cycle).",
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
    "zero-actual": {
        "en": "Consumption is zero at every point of the reporting period; check that the meter"
        " was read.",
        "vi": "Mức tiêu thụ bằng không tại mọi điểm của kỳ báo cáo; hãy kiểm tra việc đọc đồng hồ.",
    },
    "magnitude": {
        "en": "{what} comes to {value:.3g}, which no meter counts; check the number and its unit.",
        "vi": "{what} lên tới {value:.3g}, không đồng hồ nào đo được như vậy; hãy kiểm tra số và"
        " đơn vị.",
    },
    "hole": {
        "en": "Of {m} points of the reporting period {missing} are missing, more than {limit:g} %:"
        " what was left out could decide the answer.",
        "vi": "Trong {m} điểm của kỳ báo cáo thiếu {missing} điểm, nhiều hơn {limit:g} %: phần bị"
        " bỏ ra có thể quyết định kết quả.",
    },
    "hole-baseline": {
        "en": "Of {m} points of the baseline {missing} are missing, more than {limit:g} %: what was"
        " left out could decide the answer.",
        "vi": "Trong {m} điểm của kỳ cơ sở thiếu {missing} điểm, nhiều hơn {limit:g} %: phần bị bỏ"
        " ra có thể quyết định kết quả.",
    },
    "hole-middle": {
        "en": "Of {m} points of the model period {missing} are missing, more than {limit:g} %: what"
        " was left out could decide the answer.",
        "vi": "Trong {m} điểm của kỳ lập mô hình thiếu {missing} điểm, nhiều hơn {limit:g} %: phần"
        " bị bỏ ra có thể quyết định kết quả.",
    },
    "hangs-on-far": {
        "en": "The answer hangs on {points} points far beyond all that the baseline has seen"
        " ({which}): check their numbers and units; without them it would be another.",
        "vi": "Kết quả phụ thuộc vào {points} điểm nằm rất xa mọi điều kiện của kỳ cơ sở ({which}):"
        " hãy kiểm tra số và đơn vị; không có các điểm đó thì kết quả đã khác.",
    },
    "hangs-on-missing": {
        "en": "At least {known:.3g} % was saved at the points that are known; had the {missing} of"
        " {m} points that are left out saved nothing, it would be {least:.3g} %, less than the"
        " {target:g} % claimed.",
        "vi": "Ít nhất {known:.3g} % đã được tiết kiệm tại các điểm có số liệu; nếu {missing} trên"
        " {m} điểm bị bỏ ra không tiết kiệm gì thì chỉ là {least:.3g} %, thấp hơn mức công bố"
        " {target:g} %.",
    },
    "nothing-made": {
        "en": "Nothing was made in the reporting period, so there is no use per unit of product to"
        " judge.",
        "vi": "Kỳ báo cáo không có sản phẩm nào được làm ra, nên không có mức tiêu thụ trên một đơn"
        " vị sản phẩm để xét.",
    },
    "negative-actual": {
        "en": "The use of the reporting period is negative in sum; judge use and export apart.",
        "vi": "Tổng mức tiêu thụ của kỳ báo cáo là số âm; hãy xét riêng tiêu thụ và phát ra.",
    },
    "fitted-backcast": {
        "en": "The model is fitted to the reporting period and looks back, as its plan says; that"
        " period stands where a baseline is named: {why}",
        "vi": "Theo kế hoạch, mô hình được lập trên kỳ báo cáo và nhìn ngược lại; kỳ đó được hiểu ở"
        " chỗ nói kỳ cơ sở: {why}",
    },
    "fitted-chained": {
        "en": "The model is fitted to the model period between, as its plan says; that period"
        " stands where a baseline is named: {why}",
        "vi": "Theo kế hoạch, mô hình được lập trên kỳ trung gian; kỳ đó được hiểu ở chỗ nói kỳ cơ"
        " sở: {why}",
    },
    "looks-back": {
        "en": "The plan {plan} fits its model to the reporting period of its claim (method"
        " {method}), so there is none before it is locked.",
        "vi": "Kế hoạch {plan} lập mô hình trên kỳ báo cáo của công bố (phương pháp {method}), nên"
        " chưa có mô hình trước khi kế hoạch được khóa.",
    },
    "history-arriving": {
        "en": "The history that the plan {plan} rests on is incomplete and still arriving, so"
        " nothing is expected yet.",
        "vi": "Dữ liệu quá khứ làm cơ sở cho kế hoạch {plan} chưa đầy đủ và vẫn đang được gửi về,"
        " nên chưa tính mức dự kiến.",
    },
    "no-baseline-points": {
        "en": "The baseline holds no point.",
        "vi": "Kỳ cơ sở không có điểm số liệu nào.",
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
    # what could be proven, said beforehand
    "power-forecast-only": {
        "en": "What the plan {plan} can prove is told beforehand of a forecast alone; its method is"
        " {method}.",
        "vi": "Chỉ ước lượng trước được cho phương pháp forecast; kế hoạch {plan} dùng phương pháp"
        " {method}.",
    },
    "power": {
        "en": "{points} reporting points will give an interval of about ±{half:g} % of the expected"
        " use; a true saving of {provable:g} % is told from zero in four cases of five.",
        "vi": "{points} điểm của kỳ báo cáo sẽ cho khoảng tin cậy khoảng ±{half:g} % mức tiêu thụ"
        " dự kiến; mức tiết kiệm thật {provable:g} % được phân biệt với không trong bốn trên năm"
        " trường hợp.",
    },
    "power-enough": {
        "en": "That is enough for the {target:g} % claimed to be told from nothing; the claim will"
        " be proven in four cases of five where {to_prove:g} % is truly saved.",
        "vi": "Như vậy là đủ để phân biệt mức công bố {target:g} % với không; công bố sẽ được chứng"
        " minh trong bốn trên năm trường hợp nếu thật sự tiết kiệm {to_prove:g} %.",
    },
    "power-points-or-cv": {
        "en": "The {target:g} % claimed is too small to be told from nothing: it needs {needed}"
        " reporting points, or a model scatter (CV(RMSE)) of at most {cv:g} % instead of"
        " {now:g} %.",
        "vi": "Mức công bố {target:g} % quá nhỏ để phân biệt với không: cần {needed} điểm của kỳ"
        " báo cáo, hoặc độ phân tán của mô hình (CV(RMSE)) không quá {cv:g} % thay vì {now:g} %.",
    },
    "power-cv": {
        "en": "The {target:g} % claimed is too small to be told from nothing, and more reporting"
        " points alone do not help: it needs a model scatter (CV(RMSE)) of at most {cv:g} % instead"
        " of {now:g} %.",
        "vi": "Mức công bố {target:g} % quá nhỏ để phân biệt với không, và chỉ thêm điểm của kỳ báo"
        " cáo thì không đủ: cần độ phân tán của mô hình (CV(RMSE)) không quá {cv:g} % thay vì"
        " {now:g} %.",
    },
    "power-meter": {
        "en": "The {target:g} % claimed is too small for the meter, which alone is uncertain by"
        " ±{meter:g} %: a better meter is needed.",
        "vi": "Mức công bố {target:g} % quá nhỏ so với đồng hồ, riêng đồng hồ đã có độ không đảm"
        " bảo ±{meter:g} %: cần đồng hồ tốt hơn.",
    },
    "power-season": {
        "en": "Whatever it shows, the claim will stay undecided: {unseen} of its {m} points lie in"
        " a season that the baseline has not seen. Let the baseline last a whole year, name a"
        " driver that follows the weather, or state the plant's cycle in the plan.",
        "vi": "Dù kết quả thế nào, công bố vẫn chưa kết luận được: {unseen} trên {m} điểm nằm trong"
        " mùa mà kỳ cơ sở chưa có số liệu. Hãy lấy kỳ cơ sở trọn một năm, nêu một biến phản ánh"
        " thời tiết, hoặc nêu chu kỳ (cycle) của nhà máy trong kế hoạch.",
    },
    "power-advice": {
        "en": "Daily data instead of weekly or monthly, another driver, or sub-meters around what"
        " was changed narrow the scatter.",
        "vi": "Số liệu theo ngày thay vì tuần hoặc tháng, thêm biến liên quan, hoặc đồng hồ phụ"
        " quanh phần được cải tiến sẽ giảm độ phân tán.",
    },
}
