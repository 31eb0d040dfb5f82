"""A report written out: text, Markdown, web page, JSON, GeoJSON, Open Digital Planning, picture.

`text`, `markdown`, `html`, `json`, `geojson` and `odp` give text, `picture` gives bytes; the `_data` functions
give the values that the JSON forms write. `show` displays a report in a notebook.
"""

from __future__ import annotations

from constraints.render.geojson_map import geojson, geojson_data
from constraints.render.json_text import json, json_data
from constraints.render.markdown_text import markdown
from constraints.render.notebook import show
from constraints.render.odp_data import odp, odp_data
from constraints.render.pictures import picture
from constraints.render.plain_text import text
from constraints.render.web_page import html

__all__ = [
    "geojson",
    "geojson_data",
    "html",
    "json",
    "json_data",
    "markdown",
    "odp",
    "odp_data",
    "picture",
    "show",
    "text",
]
