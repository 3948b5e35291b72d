"""What charts show, as files for other programs: CSV, JSON, and a drawing in SVG."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from xml.sax.saxutils import escape

from tui.widgets.charts.chart import Chart, Curve
from tui.widgets.charts.scale import nice_limits, short_number

FORMATS = ("csv", "json", "svg")
_WIDTH, _HEIGHT, _MARGIN = 720, 360, 56
_COLOURS = {"a": "#0B5394", "b": "#B45F06", "c": "#1A5F26", "d": "#45586B", "e": "#A5001E", "": "#0B5394"}
_GHOST = "#B7BEC6"


def written(charts: Sequence[Chart], names: dict[str, str], kind: str) -> str:
    """The text of a file of this kind (`FORMATS`).

    Args:
        charts: those that are seen, with the part of the curves that they show.
        names: letter -> run.
    """
    return {"csv": _csv, "json": _json, "svg": _svg}[kind](charts, names)


def _rows(charts: Sequence[Chart], names: dict[str, str]) -> list[dict[str, object]]:
    return [
        {
            "curve": chart.title,
            "run": names.get(curve.letter or "a", ""),
            "seconds" if chart.view.by_time else "step": round(bucket.last_step, 3),
            "value": bucket.last,
        }
        for chart in charts
        for curve in chart.curves()
        if curve.style != "chart--ghost"
        for bucket in curve.buckets
    ]


def _csv(charts: Sequence[Chart], names: dict[str, str]) -> str:
    rows = _rows(charts, names)
    text = io.StringIO()
    writer = csv.DictWriter(
        text, list(rows[0]) if rows else ["curve", "run", "step", "value"], lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _json(charts: Sequence[Chart], names: dict[str, str]) -> str:
    return json.dumps(_rows(charts, names), indent=1) + "\n"


def _svg(charts: Sequence[Chart], names: dict[str, str]) -> str:
    """The charts below each other, with a legend of the runs."""
    height = _HEIGHT * len(charts) + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" font-family="sans-serif"'
        ' font-size="12"><rect width="100%" height="100%" fill="white"/>'
    ]
    for at, chart in enumerate(charts):
        parts += [f'<g transform="translate(0 {at * _HEIGHT})">', *_drawing(chart), "</g>"]
    for at, (letter, name) in enumerate(names.items()):
        x = _MARGIN + at * (_WIDTH - _MARGIN) // max(1, len(names))
        parts.append(
            f'<text x="{x}" y="{height - 20}" fill="{_COLOURS[letter]}">{letter} {escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _drawing(chart: Chart) -> list[str]:
    curves = [curve for curve in chart.curves() if curve.buckets]
    title = f'<text x="{_MARGIN}" y="24" font-size="14">{escape(chart.title)}</text>'
    if not curves:
        return [title]
    ends = [end for curve in curves for end in (curve.buckets[0].first_step, curve.buckets[-1].last_step)]
    first, last = chart.view.part or (min(ends), max(ends))
    values = [value for curve in curves for bucket in curve.buckets for value in (bucket.low, bucket.high)]
    low, high = nice_limits(min(values), max(values))

    def x(place: float) -> float:
        return _MARGIN + (place - first) / max(1e-9, last - first) * (_WIDTH - 2 * _MARGIN)

    def y(value: float) -> float:
        return _HEIGHT - _MARGIN - (value - low) / (high - low) * (_HEIGHT - 2 * _MARGIN)

    parts = [title]
    for value in (low, high):
        parts.append(
            f'<text x="{_MARGIN - 6}" y="{y(value):.1f}" text-anchor="end">{short_number(value)}</text>'
        )
    for place, anchor in ((first, "start"), (last, "end")):
        parts.append(
            f'<text x="{x(place):.1f}" y="{_HEIGHT - _MARGIN + 18}" text-anchor="{anchor}">{chart.place(place)}</text>'
        )
    for curve in curves:
        colour = _GHOST if curve.style == "chart--ghost" else _COLOURS[curve.letter]
        for piece in _pieces(curve):
            points = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in piece)
            parts.append(f'<polyline fill="none" stroke="{colour}" points="{points}"/>')
    return parts


def _pieces(curve: Curve) -> list[list[tuple[float, float]]]:
    """The curve's points, cut at its gaps."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for bucket in curve.buckets:
        if bucket.gap and pieces[-1]:
            pieces.append([])
        pieces[-1].append((bucket.last_step, bucket.last))
    return pieces
