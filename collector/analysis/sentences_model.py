"""Why a candidate was, or was not, used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

MODEL: Mapping[str, Mapping[Literal["en", "vi"], str]] = {
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
        "en": "passes every test, but its adjusted R² ({adjusted_r2:.{digits}f}) is not above that"
        " of {drivers} ({best:.{digits}f})",
        "vi": "đạt mọi kiểm định, nhưng R² hiệu chỉnh ({adjusted_r2:.{digits}f}) không cao hơn của"
        " {drivers} ({best:.{digits}f})",
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
    "no-change-point": {
        "en": "refused: no point within the baseline is found at which the effect of {drivers}"
        " changes",
        "vi": "bị từ chối: không tìm thấy trong kỳ cơ sở điểm mà tại đó ảnh hưởng của {drivers}"
        " thay đổi",
    },
    "mean-used": {
        "en": "used: no driver passes every test, so the mean of the baseline stands",
        "vi": "được dùng: không biến nào đạt mọi kiểm định, nên lấy trung bình của kỳ cơ sở",
    },
    "mean-not-needed": {
        "en": "not needed: the model of {drivers} passes every test",
        "vi": "không cần: mô hình theo {drivers} đạt mọi kiểm định",
    },
}
