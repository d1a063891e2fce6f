"""The results within a page of the documentation: between two comments; the words around them stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .picture import svg
from .report import tables

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def put_into(page: Path, document: dict[str, Any]) -> None:
    """Writes the tables into the page and the picture beside it, under the page's name."""
    picture = page.with_suffix(".svg")
    picture.write_text(svg(document))
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{page} has no place for results: it needs {BEGIN} and {END}, once each")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{_section(document, picture.name)}\n{END}{after}")


def _section(document: dict[str, Any], picture: str) -> str:
    machine, postgres = document["machine"], document["postgres"]
    settings = ", ".join(f"{name} {value}" for name, value in sorted(postgres["settings"].items()))
    quick = (
        " **These are quick figures: they show that it works, not how fast.**" if document["quick"] else ""
    )
    said = (
        f"Measured {document['made'][:10]} on {machine['cores']} cores ({machine['processor']}),"
        f" {postgres['version']} ({settings}), Python {machine['python']}."
        f" pgbench: {document['calibration']}.{quick}"
    )
    return f"{said}\n\n![All rates and latencies as bars]({picture})\n\n{tables(document)}"
