"""Lets people in: passwords and tokens against the ledger, sessions that rotate and expire."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable

from starlette.requests import Request

from collector.ledger import AuditLine, Ledger, Session, Token
from dashboards.access.door import Caller, Door, neighbourhood
from dashboards.access.identity import Identity, local_identity
from dashboards.access.passwords import is_right
from dashboards.access.roles import Role
from dashboards.access.throttle import Throttle
from plant.calendar import HOUR_MS
from plant.errors import StoreError

IDLE_MS = 12 * HOUR_MS
ABSOLUTE_MS = 7 * 24 * HOUR_MS
SCREEN_S = 400 * 86_400  # as long as browsers keep a cookie; a screen's session ends with its token
TOUCH_MS = 60_000
FAILURES_ACCOUNT, FAILURES_ADDRESS = 10, 30
LONGEST_NAME = 64


class WaitError(Exception):
    """Too many failures; carries how long to wait [ms]."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__(f"too many failed attempts; try again in {-(-wait_ms // 60_000)} min")
        self.wait_ms = wait_ms


class Access:
    """Knows who asks. On loopback, while nobody has an account, everybody is let in."""

    def __init__(self, door: Door, ledger: Ledger | None, clock: Callable[[], int]) -> None:
        """ledger: where accounts are; None: there are none. clock: UTC milliseconds."""
        self.door = door
        self._ledger = ledger
        self.clock = clock
        self._by_account = Throttle(FAILURES_ACCOUNT, clock)
        self._by_address = Throttle(FAILURES_ADDRESS, clock)

    @property
    def is_open(self) -> bool:
        """Whether nobody needs to log in."""
        if not self.door.is_loopback or self.door.proxy is not None:
            return False
        return self._ledger is None or not self._ledger.accounts.exist

    def identity(self, request: Request) -> Identity | None:
        """Who asks, by session or by token; None for nobody."""
        if self.is_open:
            return local_identity()
        secret = request.cookies.get(cookie_name(self.door.caller(request.scope)))
        found = self._of_session(secret) if secret else None
        return found or self._of_bearer(request.headers.get("authorization", ""))

    def log_in(self, name: str, password: str, *, address: str, old: str | None) -> str | None:
        """The secret of a new session, the old one ended; None when name or password is wrong."""
        ledger, name, password = self._accounts(), composed(name), composed(password)
        keys = ((self._by_account, name[:LONGEST_NAME]), (self._by_address, neighbourhood(address)))
        if wait_ms := max(throttle.wait_ms(key) for throttle, key in keys):
            raise WaitError(wait_ms)
        user = ledger.accounts.user(name)
        if not is_right(password, user.password if user else None):
            for throttle, key in keys:
                throttle.fail(key)
            self.record(name[:LONGEST_NAME], address, action="login refused")
            return None
        self._by_account.forgive(name)
        now_ms = self.clock()
        ledger.sessions.sweep(began_before_ms=now_ms - ABSOLUTE_MS, seen_before_ms=now_ms - IDLE_MS)
        self.record(name, address, action="login")
        return self._begin(Session(name, None, now_ms, now_ms), old)

    def admit_screen(self, secret: str) -> str | None:
        """The secret of a session for who has a token; None when it is none."""
        token = self._token(secret)
        if token is None:
            return None
        now_ms = self.clock()
        return self._begin(Session(None, token.name, now_ms, now_ms), None)

    def log_out(self, secret: str, *, address: str) -> None:
        """End a session."""
        ledger, key = self._accounts(), hashed(secret)
        session = ledger.sessions.find(key)
        if session is not None:
            ledger.sessions.end(key)
            self.record(session.user or session.token or "", address, action="logout")

    def record(
        self, who: str, address: str, *, action: str, plant: str = "", detail: str = ""
    ) -> None:
        """Enter a line into the audit log."""
        if self._ledger is not None:
            line = AuditLine(self.clock(), who, address, plant, action, detail)
            self._ledger.audit.add(line)

    def _accounts(self) -> Ledger:
        if self._ledger is None:
            raise StoreError("these pages have no accounts; serve them on a loopback address")
        return self._ledger

    def _begin(self, session: Session, old: str | None) -> str:
        secret = secrets.token_urlsafe(32)
        self._accounts().sessions.begin(
            hashed(secret), session, instead_of=hashed(old) if old else None
        )
        return secret

    def _of_session(self, secret: str) -> Identity | None:
        ledger, key, now_ms = self._accounts(), hashed(secret), self.clock()
        session = ledger.sessions.find(key)
        if session is None:
            return None
        if session.token is not None:
            tokens = ledger.accounts.tokens()
            return next((_screen(token) for token in tokens if token.name == session.token), None)
        if now_ms - session.began_ms >= ABSOLUTE_MS or now_ms - session.seen_ms >= IDLE_MS:
            ledger.sessions.end(key)
            return None
        if now_ms - session.seen_ms >= TOUCH_MS:
            ledger.sessions.touch(key, now_ms)
        user = ledger.accounts.user(session.user or "")
        if user is None:
            return None
        return Identity(user.name, "user", {p: Role[role] for p, role in user.roles.items()})

    def _of_bearer(self, header: str) -> Identity | None:
        kind, _, secret = header.partition(" ")
        token = self._token(secret.strip()) if kind.lower() == "bearer" else None
        return _screen(token) if token else None

    def _token(self, secret: str) -> Token | None:
        return self._accounts().accounts.token(hashed(secret))


def cookie_name(caller: Caller) -> str:
    """What the session's cookie is called; browsers hold the prefix to this host and to TLS."""
    return "__Host-cleanline" if caller.encrypted else "cleanline"


def composed(text: str) -> str:
    """A text in Unicode's NFC: keyboards write the letters of Vietnamese in several ways."""
    return unicodedata.normalize("NFC", text)


def hashed(secret: str) -> bytes:
    """What the ledger keeps of a random secret; 256 bits need no salt."""
    return hashlib.sha256(secret.encode()).digest()


def _screen(token: Token) -> Identity:
    return Identity(token.name, "screen", dict.fromkeys(token.plants, Role.viewer))
