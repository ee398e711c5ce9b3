"""HTML from calls: every text is escaped, unless it is markup already."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any


class Markup(str):
    """Text that may stand in a page as it is."""

    __slots__ = ()


VOID = frozenset({"br", "meta", "col"})


def tag(name: str, /, *children: str | None, **attributes: Any) -> Markup:
    """An element; ``class_`` is the class, None children are left out."""
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    inside = "".join(
        f' {key}="{html.escape(str(value))}"' for key, value in given.items() if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{inside}>")
    return Markup(f"<{name}{inside}>{join(children)}</{name}>")


def join(children: Iterable[str | None]) -> Markup:
    """Children one after the other."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else html.escape(child, quote=False)
            for child in children
            if child is not None
        )
    )


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    figures: Iterable[int] = (),
    kind: str | None = None,
) -> Markup:
    """A table with a head; the columns in ``figures`` hold numbers."""
    right = frozenset(figures)

    def cells(name: str, row: Sequence[str]) -> Markup:
        return tag(
            "tr",
            *(
                tag(name, cell, class_="figure" if number in right else None)
                for number, cell in enumerate(row)
            ),
        )

    body = [cells("td", row) for row in rows]
    return tag(
        "table",
        tag("thead", cells("th", head)),
        tag("tbody", *body),
        class_=kind,
    )


def facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    """What is said of one thing, a line each."""
    rows = [tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in pairs]
    return tag("table", tag("tbody", *rows), class_="facts")


def bullets(lines: Iterable[str]) -> Markup:
    """A list of sentences."""
    return tag("ul", *(tag("li", line) for line in lines))
