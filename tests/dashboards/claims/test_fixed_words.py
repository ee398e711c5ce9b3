"""What a lock fixes is told in the reader's words and numbers."""

from __future__ import annotations

from typing import Any

from collector.analysis.candidates import RULE, TERMS_RULE
from dashboards.claims.fixed import told

CONTENT: dict[str, Any] = {
    "resource": "electricity",
    "unit": "kWh",
    "baseline": ["2025-01-01", "2025-12-31"],
    "drivers": {"starch": "t", "hdd": "degC day"},
    "by": "day",
    "timezone": "Asia/Ho_Chi_Minh",
    "intercept": True,
    "confidence_percent": 90.0,
    "meter_uncertainty_percent": 0.5,
    "rule": RULE,
    "claims": {"drying": {"since": "2026-01-15", "until": "2027-01-14", "saves_percent": 5.5}},
    "computed": {"hdd": {"from": "temperature", "below": 18.5}},
    "cycle_days": 30,
    "terms": ["weekday"],
    "change_point": {"hdd": "both"},
    "terms_rule": TERMS_RULE,
    "method": "chained",
    "model_period": ["2025-01-01", "2025-12-31"],
}


def test_a_locked_plan_is_told_in_vietnamese_without_raw_keys_or_english() -> None:
    said = dict(told(CONTENT, "vi"))
    assert len(said) == len(CONTENT)
    assert not said.keys() & CONTENT.keys()
    assert said["Công bố"] == "drying: tiết kiệm 5,5 %, 15/01/2026 – 14/01/2027"
    assert said["Mỗi điểm là một"] == "ngày"
    assert said["Phụ tải nền trong mô hình"] == "có"
    assert said["Độ không đảm bảo của đồng hồ [%]"] == "0,5"
    assert said["Biến giải thích"] == "starch [t], hdd [°C day]"
    assert said["Biến được tính"] == "hdd: tính từ temperature, phần dưới 18,5"
    assert "p ≤ 0,1" in said["Quy tắc chọn mô hình"]
    everything = " ".join(said.values())
    for english in ("saves", "since", "of all", "true", "weekday", "both", "chained", "squares"):
        assert english not in everything


def test_a_rule_of_another_version_is_told_as_it_was_locked() -> None:
    assert dict(told({"rule": "the rule of old"}, "vi")) == {
        "Quy tắc chọn mô hình": "the rule of old"
    }
