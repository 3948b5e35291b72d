"""What charts show, as files for other programs: CSV, JSON, and a drawing in SVG."""

from __future__ import annotations

import csv
import io
import json
import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from tui.widgets.charts.chart import Chart, Curve
from tui.widgets.charts.scale import nice_limits, nice_log_limits, short_number

FORMATS = ("csv", "json", "svg")
_WIDTH, _HEIGHT, _MARGIN = 720, 360, 56
_COLOURS = {"a": "#0B5394", "b": "#B45F06", "c": "#1A5F26", "d": "#45586B", "e": "#A5001E", "": "#0B5394"}
_GHOST, _XMLNS = "#B7BEC6", "http://www.w3.org/2000/svg"


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
    size = {"width": str(_WIDTH), "height": str(height)}
    root = ET.Element("svg", size | {"xmlns": _XMLNS, "font-family": "sans-serif", "font-size": "12"})
    ET.SubElement(root, "rect", size | {"fill": "white"})
    for at, chart in enumerate(charts):
        _draw(chart, ET.SubElement(root, "g", {"transform": f"translate(0,{at * _HEIGHT})"}))
    for at, (letter, name) in enumerate(names.items()):
        x = _MARGIN + at * (_WIDTH - _MARGIN) // max(1, len(names))
        _text(root, x, height - 20, f"{letter} {name}", fill=_COLOURS[letter])
    return ET.tostring(root, encoding="unicode") + "\n"


def _draw(chart: Chart, root: ET.Element) -> None:
    curves = [curve for curve in chart.curves() if curve.buckets]
    _text(root, _MARGIN, 24, chart.title)
    if not curves:
        return
    ends = [end for curve in curves for end in (curve.buckets[0].first_step, curve.buckets[-1].last_step)]
    first, last = chart.view.part or (min(ends), max(ends))
    values = [value for curve in curves for bucket in curve.buckets for value in (bucket.low, bucket.high)]
    is_log = chart.view.log
    low, high = (nice_log_limits if is_log else nice_limits)(min(values), max(values))

    def x(place: float) -> float:
        return _MARGIN + (place - first) / max(1e-9, last - first) * (_WIDTH - 2 * _MARGIN)

    def y(value: float) -> float:
        share = math.log(value / low) / math.log(high / low) if is_log else (value - low) / (high - low)
        return _HEIGHT - _MARGIN - share * (_HEIGHT - 2 * _MARGIN)

    for value in (low, high):
        _text(root, _MARGIN - 6, y(value), short_number(value), anchor="end")
    for place, anchor in ((first, "start"), (last, "end")):
        _text(root, x(place), _HEIGHT - _MARGIN + 18, chart.place(place), anchor=anchor)
    for curve in curves:
        colour = _GHOST if curve.style == "chart--ghost" else _COLOURS[curve.letter]
        for piece in _pieces(curve):
            points = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in piece)
            ET.SubElement(root, "polyline", {"fill": "none", "stroke": colour, "points": points})


def _text(
    root: ET.Element, x: float, y: float, text: str, *, anchor: str = "start", fill: str = "black"
) -> None:
    where = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
    ET.SubElement(root, "text", where | {"text-anchor": anchor, "fill": fill}).text = text


def _pieces(curve: Curve) -> list[list[tuple[float, float]]]:
    """The curve's points, cut at its gaps."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for bucket in curve.buckets:
        if bucket.gap and pieces[-1]:
            pieces.append([])
        pieces[-1].append((bucket.last_step, bucket.last))
    return pieces
