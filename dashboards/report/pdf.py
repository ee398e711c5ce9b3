"""The page on paper, where WeasyPrint is installed."""

from __future__ import annotations

import hashlib

ADVICE = "no PDF: WeasyPrint is not installed; type in the checkout: pip install '.[pdf]'"


def pdf(page: str) -> bytes | None:
    """The page as a PDF; None where WeasyPrint, or a library that it needs, is missing."""
    try:
        from weasyprint import HTML  # noqa: PLC0415 - an extra, and slow to load
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError):
        return None
    identifier = hashlib.sha256(page.encode()).hexdigest()[:32].encode()
    nothing = URLFetcher(allowed_protocols=())  # a report is one file and asks no host
    content: bytes = HTML(string=page, url_fetcher=nothing).write_pdf(pdf_identifier=identifier)
    return content
