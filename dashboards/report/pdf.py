"""The page on paper, where WeasyPrint is installed."""

from __future__ import annotations

import hashlib

ADVICE = "no PDF: WeasyPrint is not installed; type: pip install 'cleanline[pdf]'"


def pdf(page: str) -> bytes | None:
    """The page as a PDF; None where WeasyPrint, or a library that it needs, is missing."""
    try:
        from weasyprint import HTML  # noqa: PLC0415 - an extra, and slow to load
    except (ImportError, OSError):
        return None
    identifier = hashlib.sha256(page.encode()).hexdigest()[:32].encode()
    content: bytes = HTML(string=page, url_fetcher=_refuse).write_pdf(pdf_identifier=identifier)
    return content


def _refuse(url: str, *_: object, **__: object) -> dict[str, object]:
    """A report asks no other file and no host."""
    raise ValueError(f"{url}: a report is one file")
