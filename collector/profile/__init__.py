"""What a plant takes for each unit of product, by period, against norms and its baseline year."""

from collector.profile.build import profile
from collector.profile.parts import Ask, Profile
from collector.profile.spans import BY, By

__all__ = ["BY", "Ask", "By", "Profile", "profile"]
