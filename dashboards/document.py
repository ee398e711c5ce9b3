"""What the API's own document says of every route: a summary, and each answer but the good one."""

from __future__ import annotations

import inspect
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema


class Problem(BaseModel):
    """Why a request was not answered, in a sentence."""

    detail: str


class Fault(BaseModel):
    """What of a request does not fit, and where it stands."""

    loc: list[str | int]
    msg: str
    type: str


class Unfit(BaseModel):
    """Why a request could not be understood."""

    detail: str | list[Fault]


_PLACE = "#/components/schemas/{model}"
_, _DEFINED = models_json_schema(
    [(Unfit, "serialization"), (Problem, "serialization")], ref_template=_PLACE
)


def answer(model: type[BaseModel], says: str) -> dict[str, Any]:
    """An answer as the document describes it.

    It refers to the model by name: FastAPI would compile each model anew for each route, which
    takes longer than all else that the pages need to start.
    """
    schema = {"$ref": _PLACE.format(model=model.__name__)}
    return {"description": says, "content": {"application/json": {"schema": schema}}}


def content(says: str, *types: str) -> dict[int | str, dict[str, Any]]:
    """A good answer that is no JSON, of one of these media types."""
    return {200: {"description": says, "content": {kind: {} for kind in types}}}


ANSWERS: dict[int | str, dict[str, Any]] = {
    400: answer(Problem, "The request is not made of text."),
    401: answer(Problem, "Nobody has logged in."),
    403: answer(Problem, "Whoever asks may not do this here, or comes from another site."),
    404: answer(Problem, "There is no such plant, page, table or entry."),
    421: answer(Problem, "The server does not go by this name."),
    422: answer(Unfit, "The request cannot be understood."),
    503: answer(Problem, "The store does not answer."),
}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "As it was: see If-None-Match."}}


def complete(app: FastAPI) -> None:
    """Give every route the first line of its docstring for a summary, the document its answers."""
    for route in app.routes:
        if isinstance(route, APIRoute) and route.summary is None:
            said = inspect.getdoc(route.endpoint) or ""
            route.summary = said.partition("\n")[0].rstrip(".") or None
    written = app.openapi

    def whole() -> dict[str, Any]:
        document = written()
        document["components"]["schemas"].update(_DEFINED["$defs"])
        return document

    app.openapi = whole  # type: ignore[method-assign]
