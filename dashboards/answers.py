"""HTML answers in the reader's language, with the frame's values that every page has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse

from dashboards import assets, html
from dashboards.extras import offered
from dashboards.formats import LANGUAGES, Language
from dashboards.words import choose

YEAR_S = 365 * 86400
THEMES = ("light", "dark")
MOST_FIELDS = 200


def language_of(request: Request) -> Language:
    """The language that a reader asked for, chose before, or has set in the browser."""
    asked = request.query_params.get("lang") or request.cookies.get("lang")
    return choose(asked, request.headers.get("accept-language", ""))


def answer_page(
    request: Request,
    page: str,
    values: Mapping[str, str],
    *,
    data: Mapping[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The page of that name. values: texts; data: JSON, as `html.fill` takes them."""
    language, asked = language_of(request), request.query_params
    links = {f"to_{each}": _with_language(request, each) for each in LANGUAGES}
    marks = {f"is_{each}": "true" if each == language else "false" for each in LANGUAGES}
    wall = asked.get("wall") == "1"
    theme = asked.get("theme", "")
    body = html.fill(
        page,
        language,
        {
            "lang": language,
            "static": f"/static/{assets.digest()}",
            "mode": "wall" if wall else "desk",
            "theme": theme if theme in THEMES else ("dark" if wall else ""),
            "who": _who(request),
            "role": _role(request),
            "files": offered("csv", "xlsx", "svg"),
            **links,
            **marks,
            **values,
        },
        data=data or {},
    )
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    answer = HTMLResponse(body, status_code=status, headers=headers)
    if asked.get("lang") in LANGUAGES:
        answer.set_cookie("lang", language, max_age=YEAR_S, httponly=True, samesite="lax")
    return answer


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form; 422 for what is none."""
    try:
        text = (await request.body()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise HTTPException(422, f"not a form: {error}") from None


def _who(request: Request) -> str:
    """The user who could log out; empty for a screen, and where nobody logs in."""
    identity: Any = getattr(request.state, "identity", None)
    return str(identity.name) if identity is not None and identity.kind == "user" else ""


def _role(request: Request) -> str:
    """What whoever asks may do at the plant of the page."""
    identity: Any = getattr(request.state, "identity", None)
    if identity is None or len(request.state.goal.plants) != 1:
        return ""
    held = identity.role_at(request.state.goal.plants[0])
    return held.name if held is not None else ""


def _with_language(request: Request, language: Language) -> str:
    return "?" + urlencode({**request.query_params, "lang": language})
