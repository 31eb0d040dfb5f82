# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Check a site
#
# Read a site boundary, ask what constrains it, see the report and the map, then do the same for two hundred
# parcels at once. The place is the sample town, which is fictional; `python3 -m bopsgis demo --prepare-only`
# makes it. Only the libraries are used here: no web service, no database.

# %%
from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import folium
import geopandas

from bopsgis import boundary
from constraints import raster, render
from constraints.bulk import screen_many
from constraints.screen import screen
from constraints.store import open_store

HOME = Path(os.environ.get("BOPSGIS_HOME", "../.bopsgis"))
TOWN = HOME / "sample-town"
AS_AT = date(2026, 11, 22)

# %% [markdown]
# ## One site
#
# `sites.geojson` lists sites that show something. Their boundaries are parcels of the town. A boundary comes in
# through one door, which refuses what it cannot use; what comes out is on the national grid (EPSG:27700).

# %%
sites = geopandas.read_file(TOWN / "sites.geojson")
sites[["name", "shows", "address"]]

# %%
parcels = geopandas.read_file(TOWN / "places.gpkg", layer="parcels").set_index("parcel")
old_town = sites.set_index("name").loc["A listed building in the old town"]
site = boundary.from_geometry(parcels.geometry[old_town["parcels"][0]])
f"{site.area_m2:.1f} m² at {site.centre}, read as {site.source_format}"

# %% [markdown]
# ## What constrains it
#
# One finding for each dataset of the catalogue. *Absent* is only said where it is proven: look at what is not
# known, and why, before relying on the rest.

# %%
store = open_store(HOME / "store")
report = screen(site, store=store, as_at=AS_AT)
render.show(report)

# %%
for finding in report.findings:
    if finding.hits:
        print(f"{finding.status:10} {finding.sentence}")

# %% [markdown]
# A hit carries its measures and where it comes from.

# %%
hit = next(finding.hits[0] for finding in report.findings if finding.dataset == "listed-building-outline")
{
    "name": hit.name,
    "share of the site": f"{hit.site_share:.1%}",
    "overlap": f"{hit.overlap_m2:.2f} m²",
    "inscribed radius": f"{hit.inscribed_radius_m:.2f} m",
    "publisher": hit.provenance.publisher,
    "taken": hit.provenance.retrieved,
}

# %% [markdown]
# The map of the report is an SVG that asks nobody for anything. For a map to pan and zoom, the report's GeoJSON
# goes into folium (which fetches its scripts from the network).

# %%
picture = render.picture(report, fmt="svg")
len(picture)

# %%
pan_and_zoom = folium.Map(tiles=None)
folium.GeoJson(render.geojson_data(report), name="site and constraints").add_to(pan_and_zoom)
pan_and_zoom.fit_bounds(pan_and_zoom.get_bounds())

# %% [markdown]
# ## Two hundred parcels at once
#
# The same answers as one at a time, from all cores where that pays.

# %%
many = parcels.geometry.sort_index().iloc[:200]
table = screen_many(many, store=store, as_at=AS_AT)
by_status = table.pivot_table(index="dataset", columns="status", values="site", aggfunc="count", fill_value=0)
by_status.sort_values("present", ascending=False).head(12)

# %%
one = screen(boundary.from_geometry(many.iloc[0]), store=store, as_at=AS_AT)
of_one = table[table["site"] == many.index[0]].set_index("dataset")["status"]
assert {finding.dataset: finding.status.value for finding in one.findings} == of_one.to_dict()

# %% [markdown]
# ## A surface
#
# A GeoTIFF is measured cell by cell, with the exact area of the site in each cell: here, how much of a works
# site lies under more than 20 cm of water, and of how much nothing is known.

# %%
works = sites.set_index("name").loc["A works site"]
plots = boundary.from_geometry(parcels.geometry[works["parcels"]].union_all())
raster.measure(TOWN / "deliveries" / "surface-water-flood-depth.tif", plots, threshold=0.2, unit="m")
