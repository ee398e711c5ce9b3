"""Who may see and change what: accounts, sessions, the role that each route needs."""

from dashboards.access.gate import Access
from dashboards.access.identity import author_of, identity_of, note_change, seen_by, while_allowed
from dashboards.access.roles import Role, needs, public

__all__ = [
    "Access",
    "Role",
    "author_of",
    "identity_of",
    "needs",
    "note_change",
    "public",
    "seen_by",
    "while_allowed",
]
