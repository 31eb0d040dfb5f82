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
# # Sift many sites
#
# A table of candidate sites comes from elsewhere, in longitude and latitude. Which of them are free of what would
# stop housing, which are touched by how much, and of which do we simply not know? The place is the sample town,
# which is fictional; `python3 -m bopsgis demo --prepare-only` makes it.

# %%
from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

import folium
import geopandas

from bopsgis import crs, frames
from constraints.bulk import screen_many, summary
from constraints.store import open_store

HOME = Path(os.environ.get("BOPSGIS_HOME", "../.bopsgis"))
TOWN = HOME / "sample-town"
AS_AT = date(2026, 11, 22)

# %% [markdown]
# ## Bring the sites to the national grid
#
# 400 parcels of the town stand in for the table. `frames` adds `.planning` to GeoDataFrames; its
# `to_national_grid()` goes through OSTN15. `to_crs(27700)` of geopandas has no grid for that, and lands elsewhere.

# %%
parcels = geopandas.read_file(TOWN / "places.gpkg", layer="parcels").set_index("parcel").sort_index()
candidates = parcels.iloc[::28][:400]
degrees = crs.geometry_from_national_grid(candidates.geometry.to_numpy(), 4326)
from_elsewhere = candidates.set_geometry(geopandas.GeoSeries(degrees, candidates.index, crs=4326))

# %%
sites = from_elsewhere.planning.to_national_grid()
assert isinstance(sites.planning, frames.Planning)
off = sites.geometry.centroid.distance(candidates.geometry.centroid)
off_alone = from_elsewhere.geometry.to_crs(27700).centroid.distance(candidates.geometry.centroid)
hectares = sites.planning.area_m2.sum() / 1e4
f"{len(sites)} sites, {hectares:.1f} ha; off by {off.max():.4f} m, without OSTN15 by {off_alone.max():.2f} m"

# %% [markdown]
# ## Screen them all
#
# A row for each site and dataset. `not_known` is an answer of its own: a site is only free of a constraint where
# the status is `absent`.

# %%
store = open_store(HOME / "store")
findings = screen_many(sites.geometry, store=store, as_at=AS_AT)
counts = summary(findings)
counts.sort_values("present", ascending=False).head(12)

# %%
STOPS = [
    "flood-risk-zone",
    "green-belt",
    "site-of-special-scientific-interest",
    "ancient-woodland",
    "scheduled-monument",
]
answers = findings[findings["dataset"].isin(STOPS)].pivot(index="site", columns="dataset", values="status").astype(str)
sites["verdict"] = "free"
sites.loc[answers.isin(["adjacent", "near"]).any(axis=1), "verdict"] = "close to one"
sites.loc[answers.eq("not_known").any(axis=1), "verdict"] = "not known"
sites.loc[answers.eq("present").any(axis=1), "verdict"] = "touched"
sites["verdict"].value_counts()

# %% [markdown]
# ## By how much
#
# The same question with `rows="hits"` gives a row for each designation found, with its measures. Slivers, which a
# plain overlay would report as hits, are `adjacent`.

# %%
hits = screen_many(sites.geometry, store=store, as_at=AS_AT, rows="hits")
touched = hits[hits["dataset"].isin(STOPS) & (hits["status"] == "present")]
touched[["site", "dataset", "name", "overlap_m2", "site_share"]].sort_values("site_share", ascending=False).head(10)

# %%
slivers = hits[(hits["status"] == "adjacent") & (hits["overlap_m2"] > 0)]
widest = slivers["inscribed_radius_m"].max() * 2
f"{len(slivers)} overlaps are slivers; the largest circle that fits into one is {widest:.2f} m wide"

# %% [markdown]
# ## On a map, and onward
#
# The map needs no background to be read; folium fetches its scripts from the network when it is shown. The
# GeoPackage opens in any GIS.

# %%
COLOURS = {"free": "#00703c", "close to one": "#f47738", "not known": "#505a5f", "touched": "#d4351c"}
# Colour is not alone: sites that are not free are outlined in dashes of their own, and each says its verdict.
DASHES = {"free": None, "close to one": "6 3", "not known": "2 4", "touched": "1 0"}
shown = folium.Map(tiles=None)
folium.GeoJson(
    sites[["verdict", "kind", "geometry"]].reset_index().to_crs(4326),
    style_function=lambda feature: {
        "color": COLOURS[feature["properties"]["verdict"]],
        "dashArray": DASHES[feature["properties"]["verdict"]],
        "weight": 2,
    },
    tooltip=folium.GeoJsonTooltip(["parcel", "verdict"]),
).add_to(shown)
shown.fit_bounds(shown.get_bounds())
shown

# %%
out = Path(tempfile.mkdtemp()) / "sifted.gpkg"
sites.join(answers).to_file(out, driver="GPKG", layer="sites")
back = geopandas.read_file(out)
assert back["verdict"].tolist() == sites["verdict"].tolist()
f"{out.name}: {len(back)} sites with {len(back.columns)} columns"

# %% [markdown]
# ## What changed since
#
# The same sites as at another day: designations that began or ended between the two. The further back, the less is
# known, since a copy taken today may have lost what had ended before.

# %%
earlier = screen_many(sites.geometry, store=store, as_at=date(2025, 1, 1), rows="hits")
both = hits.merge(
    earlier, on=["site", "dataset", "reference"], how="outer", suffixes=("", "_earlier"), indicator="when"
)
both["when"] = both["when"].map({"left_only": "began", "right_only": "ended", "both": "both days"})
both.groupby(["dataset", "when"], observed=True).size().unstack(fill_value=0).sort_values(
    "began", ascending=False
).head(8)
