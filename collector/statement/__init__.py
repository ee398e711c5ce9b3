"""Everything that is known of a plant's claims at one instant: what report and evidence tell."""

from collector.rates import Rate
from collector.statement.build import as_of, state
from collector.statement.parts import (
    ClaimStatement,
    Coverage,
    MeterStatement,
    Specific,
    Statement,
)
from collector.statement.row import Part, Row
from collector.statement.tables import Tables, shipped
from collector.statement.worth import Worth

__all__ = [
    "ClaimStatement",
    "Coverage",
    "MeterStatement",
    "Part",
    "Rate",
    "Row",
    "Specific",
    "Statement",
    "Tables",
    "Worth",
    "as_of",
    "shipped",
    "state",
]
