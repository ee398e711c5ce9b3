"""Which packs may be sent now, and which wait for the collector's `stored`."""

from dataclasses import dataclass, field

from plant.wire import WINDOW, Stored

RESEND_S = 30.0


@dataclass
class Window:
    """At most 32 packs wait for `stored`; one that waited 30 s is due again."""

    sent_s: dict[int, float] = field(default_factory=dict)  # seq -> when it was sent last
    stored: int = 0
    aside: dict[int, str] = field(default_factory=dict)  # seq -> the collector's reason

    @property
    def has_room(self) -> bool:
        """Whether another pack may be sent."""
        return len(self.sent_s) < WINDOW

    def send(self, seq: int, *, now_s: float) -> None:
        """Note that a pack is sent now."""
        self.sent_s[seq] = now_s

    def due(self, *, now_s: float) -> list[int]:
        """Packs that waited too long for `stored`."""
        return [seq for seq, sent_s in self.sent_s.items() if now_s - sent_s >= RESEND_S]

    def settle(self, answer: Stored) -> list[int]:
        """The packs that this answer frees; what it says twice frees nothing again."""
        reasons = dict(answer.aside)
        freed = [seq for seq in sorted(answer.numbers()) if self.sent_s.pop(seq, None) is not None]
        for seq in freed:
            if seq in reasons:
                self.aside[seq] = reasons[seq]
            else:
                self.stored += 1
        return freed
