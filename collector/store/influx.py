"""The store in InfluxDB: line protocol in, InfluxQL out, which 1.x, 2.x and 3.x all serve.

Tested against 1.6. From 1.8 on a server takes the same lines at ``/api/v2/write``; one of 2.x
answers ``/query`` where a DBRP mapping leads from the database to a bucket. A secret comes from
the environment: ``CLEANLINE_INFLUX_TOKEN`` (of 1.x: ``user:password``), or a file named by
``CLEANLINE_INFLUX_TOKEN_FILE``.
"""
# ruff: noqa: S608 - InfluxQL 1.x has no parameters in every place; influxql quotes

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from collector.analysis.quality import Quality
from collector.store import influxql
from collector.store.protocol import (
    COUNTER,
    DERIVED,
    GAUGE,
    TAGS,
    WITHOUT_VALUE,
    Ints,
    Latest,
    Samples,
    Series,
    Sums,
    differing,
    samples,
    sums_by_reading,
)
from collector.store.weeks import SETTLES_S, Weeks
from plant.errors import StoreError

TIMEOUT_MS = 60_000
ROWS_A_REQUEST = 20_000
ROWS_AN_ANSWER = 10_000  # while one is parsed no other thread runs, a commit's neither
END_OF_TIME_MS = 9_223_372_036_854  # InfluxDB counts 64 bits of nanoseconds; more wraps around


class InfluxStore:
    """Series in one InfluxDB database; a store of ``protocol.Store``."""

    def __init__(self, url: str, database: str) -> None:
        self.url, self.database = url, database
        token = _token()
        self._client = InfluxDBClient(
            url, token=token, org="-", timeout=TIMEOUT_MS, auth_basic=":" in token
        )
        self._write_path = self._find_write_path()
        self._weeks = Weeks()
        self._newest: dict[Series, int] = {}  # reading that this process knows to stand

    def write(self, rows: Mapping[Series, Samples]) -> None:
        """Write rows of many series; InfluxDB answers when they are in its log on disk.

        Rows of a week that was quiet are written twice, a moment apart; see `Weeks`.
        """
        quiet = self._weeks.quiet(rows)
        self._send(rows)
        if quiet:
            time.sleep(SETTLES_S)
            self._send(quiet)

    def _send(self, rows: Mapping[Series, Samples]) -> None:
        parameters = (
            [("bucket", self.database), ("org", "-"), ("precision", "ms")]
            if self._write_path.endswith("v2/write")
            else [("db", self.database), ("precision", "ms")]
        )
        lines = [line for series, found in rows.items() for line in _lines(series, found)]
        for start in range(0, len(lines), ROWS_A_REQUEST):
            body = "\n".join(lines[start : start + ROWS_A_REQUEST])
            headers = {"Content-Type": "text/plain; charset=utf-8"}
            self._call("POST", self._write_path, parameters, headers=headers, body=body)

    def add(self, rows: Mapping[Series, Samples]) -> dict[Series, Samples]:
        """Write readings of which none stands yet; returns those that others contradict.

        The server would put the last one in place of the first, so what may stand is read before.
        """
        fresh: dict[Series, Samples] = {}
        contradicted: dict[Series, Samples] = {}
        for series, found in rows.items():
            fresh[series], standing = self._new_and_standing(series, found)
            if len(odd := differing(found, standing)):
                contradicted[series] = odd
        self.write({series: new for series, new in fresh.items() if len(new)})
        for series, found in rows.items():
            newest_ms = int(found.times_ms.max())
            self._newest[series] = max(newest_ms, self._newest.get(series, newest_ms))
        return contradicted

    def _new_and_standing(self, series: Series, found: Samples) -> tuple[Samples, Samples]:
        """Which readings are of a time that has none, and all that stand once they do."""
        times, first = np.unique(found.times_ms, return_index=True)
        wanted = samples(times, found.values[first])
        if series in self._newest and times[0] > self._newest[series]:
            return wanted, wanted
        held = self.read(series, int(times[0]), end_ms=int(times[-1]) + 1)
        is_new = ~np.isin(times, held.times_ms)
        new = samples(times[is_new], wanted.values[is_new])
        all_times = np.concatenate((held.times_ms, new.times_ms))
        all_values = np.concatenate((held.values, new.values))
        order = np.argsort(all_times)
        return new, samples(all_times[order], all_values[order])

    def read(self, series: Series, start_ms: int, *, end_ms: int) -> Samples:
        """Rows of one series from ``start_ms`` to before ``end_ms``, in order of time."""
        fields = "value, quality" if series.measurement in DERIVED else "value"
        tags = zip(TAGS[series.measurement], series.tags, strict=True)
        where = "".join(
            f" AND {influxql.name(tag)} = {influxql.text(value)}" for tag, value in tags
        )
        query = (
            f"SELECT {fields} FROM {influxql.name(series.measurement)} "
            f"WHERE plant = {influxql.text(series.plant)}{where} AND time < {_instant(end_ms)}"
        )
        rows: list[Any] = []
        is_whole = False
        while not is_whole:
            is_whole = True
            part = f"{query} AND time >= {_instant(start_ms)} LIMIT {ROWS_AN_ANSWER}"
            for found in self._query(part):
                rows += found["values"]
                is_cut = found.get("partial") or len(found["values"]) == ROWS_AN_ANSWER
                start_ms, is_whole = rows[-1][0] + 1, not is_cut
        if series.measurement not in DERIVED:
            return samples([row[0] for row in rows], [row[1] for row in rows])
        codes = [Quality[row[2]] for row in rows]
        values = [_value(row[1], code) for row, code in zip(rows, codes, strict=True)]
        return samples([row[0] for row in rows], values, quality=codes)

    def sums(self, series: Series, stretches_ms: Ints) -> Sums:
        """What the rows of a derived series come to over stretches (n, 2), ends not included."""
        return sums_by_reading(self, series, stretches_ms)

    def latest(self, plant: str, before_ms: int | None = None) -> dict[Series, Latest]:
        """The newest row of every counter and gauge of a plant, or the newest before a time."""
        ended = "" if before_ms is None else f" AND time < {_instant(before_ms)}"
        query = (
            f'SELECT last("value") FROM {COUNTER}, {GAUGE} '
            f"WHERE plant = {influxql.text(plant)}{ended} GROUP BY meter, point"
        )
        return {
            _series(found, plant): Latest(int(time_ms), float(value), Quality.measured)
            for found in self._all(query)
            for time_ms, value in found["values"]
        }

    def series(self, plant: str) -> list[Series]:
        """Every series that a plant has, in order."""
        queries = [
            f'SELECT last("value") FROM {influxql.name(measurement)} '
            f"WHERE plant = {influxql.text(plant)} "
            f"GROUP BY {', '.join(influxql.name(tag) for tag in tags)}"
            for measurement, tags in TAGS.items()
        ]
        return sorted(_series(found, plant) for found in self._all("; ".join(queries)))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def _find_write_path(self) -> str:
        """Where this server takes lines; makes the database where 1.x lets us."""
        headers = self._call("GET", "/ping", [])[1]
        version = str(headers.get("X-Influxdb-Version", "")).lstrip("v")
        numbers = re.match(r"(\d+)\.(\d+)", version)
        release = (int(numbers[1]), int(numbers[2])) if numbers else (2, 0)
        if release < (2, 0):
            create = f"CREATE DATABASE {influxql.name(self.database)}"
            self._call("POST", "/query", [("q", create)])
        return "/write" if release < (1, 8) else "/api/v2/write"

    def _query(self, query: str) -> Iterator[dict[str, Any]]:
        """The series in the answer to InfluxQL, times in ms.

        One that says `partial` may lack rows at its end, where the server has a `max-row-limit`.
        """
        parameters = [("db", self.database), ("epoch", "ms"), ("q", query)]
        body = json.loads(self._call("GET", "/query", parameters)[0])
        for result in (body, *body.get("results", [])):
            if "error" in result:
                raise StoreError(f"InfluxDB at {self.url}: {result['error']}")
            yield from result.get("series", [])

    def _all(self, query: str) -> Iterator[dict[str, Any]]:
        """The series in the answer to InfluxQL; StoreError where some were left out."""
        for found in self._query(query):
            if found.get("partial"):
                reason = "answers in part; set max-row-limit = 0 in its configuration"
                raise StoreError(f"InfluxDB at {self.url} {reason}")
            yield found

    def _call(
        self,
        method: str,
        path: str,
        parameters: list[tuple[str, str]],
        *,
        headers: dict[str, str] | None = None,
        body: str | None = None,
    ) -> tuple[bytes, Mapping[str, str]]:
        try:
            response = self._client.api_client.call_api(  # type: ignore[no-untyped-call]
                path,
                method,
                query_params=parameters,
                header_params=headers or {},
                body=body,
                _preload_content=False,
                _return_http_data_only=True,
            )
        except (ApiException, HTTPError, OSError) as error:
            raise StoreError(
                f"InfluxDB at {self.url}: {_reason(error)}; see that it runs and takes writes"
            ) from error
        return bytes(response.data), dict(response.headers)


def _token() -> str:
    if file := os.environ.get("CLEANLINE_INFLUX_TOKEN_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get("CLEANLINE_INFLUX_TOKEN", "")


def _reason(error: Exception) -> str:
    if isinstance(error, ApiException):
        return f"{error.status} {error.reason} {str(error.body or '')[:120]}".strip()
    return str(error)[:160]


def _series(found: dict[str, Any], plant: str) -> Series:
    measurement = str(found["name"])
    return Series(measurement, plant, tuple(found["tags"][tag] for tag in TAGS[measurement]))


def _lines(series: Series, found: Samples) -> Iterator[str]:
    tags = dict(zip(TAGS[series.measurement], series.tags, strict=True)) | {"plant": series.plant}
    names = "".join(f",{tag}={_escaped(value)}" for tag, value in sorted(tags.items()))
    head = f"{series.measurement}{names} value="
    times, values = found.times_ms.tolist(), found.values.tolist()
    if series.measurement not in DERIVED:
        return (f"{head}{value!r} {time}" for time, value in zip(times, values, strict=True))
    return (
        f'{head}{0.0 if code in WITHOUT_VALUE else value!r},quality="{Quality(code).name}" {time}'
        for time, value, code in zip(times, values, found.quality.tolist(), strict=True)
    )


def _instant(time_ms: int) -> str:
    return f"{max(-END_OF_TIME_MS, min(time_ms, END_OF_TIME_MS))}ms"


def _value(value: float, code: Quality) -> float:
    """A field must hold a number; that of a row without a value means nothing."""
    return float("nan") if code in WITHOUT_VALUE else value


def _escaped(tag: str) -> str:
    return re.sub(r"([,= \\])", r"\\\1", tag)
