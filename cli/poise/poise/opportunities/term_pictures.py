"""Term structures as pictures: one page that needs no network and no script, or one image."""

import math
from io import BytesIO

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from PIL import Image, ImageDraw

from poise.opportunities.term_structure import TermStructure, TermStructures
from poise.report import wording
from poise.report.page.curves import WIDTH, Curve, curve_of

_HEIGHT = 260.0
_TITLE_PX = 28
_INK, _FAINT, _LINE = "#1b1f24", "#d7dce1", "#0a7d55"


class NothingToDraw(Exception):
    """There is no dated future to draw."""


def page_of(found: TermStructures) -> str:
    """Return all structures as HTML; raises NothingToDraw."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("poise", "opportunities"), PackageLoader("poise.report", "page")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({"when": wording.when, "percent": wording.percent})
    return environment.get_template("term_page.html.j2").render(found=found, curves=_curves(found))


def png_of(found: TermStructures) -> bytes:
    """Return all structures as a PNG image, one below the other; raises NothingToDraw."""
    curves = _curves(found)
    row = _TITLE_PX + int(_HEIGHT)
    image = Image.new("RGB", (int(WIDTH), row * len(curves)), "white")
    draw = ImageDraw.Draw(image)
    for number, (structure, drawn) in enumerate(curves):
        top = number * row
        draw.text((8, top + 8), f"{structure.asset}: basis a year by expiry", fill=_INK)
        _draw_curve(draw, drawn, top + _TITLE_PX)
    file = BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def _curves(found: TermStructures) -> list[tuple[TermStructure, Curve]]:
    curves = [(structure, drawn) for structure in found.structures if (drawn := _curve(found, structure)) is not None]
    if not curves:
        raise NothingToDraw("there is no dated future to draw")
    return curves


def _curve(found: TermStructures, structure: TermStructure) -> Curve | None:
    """Draw the yearly basis from now on: up to the nearest expiry it is that one's."""
    first = structure.expiries[0]
    points = [(found.read_at, first.annualised_basis)]
    points += [(expiry.expires_at, expiry.annualised_basis) for expiry in structure.expiries]
    marks = [(expiry.expires_at, f"{expiry.venue}:{expiry.symbol}") for expiry in structure.expiries]
    return curve_of(points, _percent_beside, height=_HEIGHT, origin=0.0, marks=marks)


def _percent_beside(fraction: float, step: float) -> str:
    return wording.percent(fraction, max(0, math.ceil(-math.log10(step * 100))))


def _draw_curve(draw: ImageDraw.ImageDraw, drawn: Curve, top: int) -> None:
    for tick in drawn.y_ticks:
        draw.line((drawn.left, top + tick.place, drawn.right, top + tick.place), fill=_FAINT)
        draw.text((drawn.left - 8, top + tick.place), tick.label, fill=_INK, anchor="rm")
    for tick in drawn.x_ticks:
        draw.text((tick.place, top + drawn.height - 8), tick.label, fill=_INK, anchor="mm")
    for mark in drawn.marks:
        draw.line((mark.place, top + drawn.top, mark.place, top + drawn.bottom), fill=_FAINT)
    places = [tuple(map(float, place.split())) for place in drawn.line.removeprefix("M").split("L")]
    draw.line([(across, top + down) for across, down in places], fill=_LINE, width=3)
