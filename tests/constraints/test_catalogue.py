"""The catalogue's data: what is in it, and what the law says it must and must not mean."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bopsgis.errors import NotFound
from constraints.catalogue import (
    THEMES,
    Dataset,
    dataset,
    datasets,
    odp_unmapped,
    odp_values,
)

PUBLISHED = [
    "conservation-area",
    "listed-building",
    "listed-building-outline",
    "locally-listed-building",
    "building-preservation-notice",
    "certificate-of-immunity",
    "scheduled-monument",
    "park-and-garden",
    "battlefield",
    "protected-wreck-site",
    "world-heritage-site",
    "world-heritage-site-buffer-zone",
    "heritage-at-risk",
    "archaeological-priority-area",
    "article-4-direction-area",
    "tree",
    "tree-preservation-zone",
    "green-belt",
    "area-of-outstanding-natural-beauty",
    "national-park",
    "heritage-coast",
    "site-of-special-scientific-interest",
    "special-area-of-conservation",
    "special-protection-area",
    "ramsar",
    "national-nature-reserve",
    "local-nature-reserve",
    "nature-improvement-area",
    "ancient-woodland",
    "nutrient-neutrality-catchment",
    "agricultural-land-classification",
    "air-quality-management-area",
    "flood-risk-zone",
    "flood-storage-area",
    "brownfield-land",
    "brownfield-site",
    "central-activities-zone",
    "asset-of-community-value",
    "design-code-area",
    "infrastructure-project",
    "educational-establishment",
    "transport-access-node",
    "development-corporation-boundary",
]

SPECIFIED_ONLY = [
    "best-and-most-versatile-agricultural-land",
    "coastal-change-management-area",
    "common-land-and-village-green",
    "contaminated-land",
    "control-of-major-accident-hazards-site",
    "hs2-safeguarded-area",
    "internal-drainage-district",
    "local-green-space",
    "local-nature-recovery-strategy",
    "main-river",
    "metropolitan-open-land",
    "mineral-safeguarding-area",
    "nuclear-safety-zone",
    "open-space",
    "protected-view",
    "protected-land",
    "public-safety-zone-around-airport",
    "safeguarded-aerodrome",
    "safeguarded-military-explosives-site",
    "safeguarded-wharf",
    "safety-hazard-area",
    "suitable-alternative-green-space",
    "wildlife",
    "historic-stone-quarry",
    "london-square",
    "wildbelt",
]

NOT_SPECIFIED = [
    "sssi-impact-risk-zone",
    "hse-consultation-zone",
    "coal-high-risk-area",
    "railway",
    "playing-field",
    "theatre",
    "historic-landfill",
    "authorised-landfill",
    "surface-water-flood-risk",
    "rivers-and-sea-flood-risk",
    "reservoir-flood-extent",
    "classified-road",
    "right-of-way",
    "technical-site-safeguarding",
    "high-pressure-pipeline",
    "critical-drainage-area",
    "permitted-development-condition",
]

ADMINISTRATIVE = [
    "local-planning-authority",
    "local-authority-district",
    "parish",
    "ward",
    "title-boundary",
    "article-4-direction",
    "article-4-direction-rule",
    "conservation-area-document",
    "tree-preservation-order",
    "local-plan-boundary",
    "minerals-plan-boundary",
    "waste-plan-boundary",
]


@pytest.mark.parametrize("slug", PUBLISHED)
def test_what_planning_data_publishes_is_screened(slug: str) -> None:
    """Every planning constraint of planning.data.gov.uk is a finding of its own."""
    assert dataset(slug).screened
    assert dataset(slug).published


@pytest.mark.parametrize("slug", [*SPECIFIED_ONLY, *NOT_SPECIFIED])
def test_what_nobody_publishes_there_is_asked_all_the_same(slug: str) -> None:
    """A constraint without published data is in the catalogue, says where to look, and answers not known."""
    found = dataset(slug)
    assert found.screened
    assert not found.published
    assert found.where.endswith(".")


@pytest.mark.parametrize("slug", ADMINISTRATIVE)
def test_administrative_datasets_are_no_findings(slug: str) -> None:
    """Whose land it is, and documents without a place, are not constraints."""
    assert not dataset(slug).screened


@pytest.mark.parametrize("found", datasets().values(), ids=lambda each: each.slug)
def test_every_entry_says_what_people_need(found: Dataset) -> None:
    """Meaning, reasons and terms are whole sentences; a distance is plausible; the theme has a heading."""
    for text in (found.meaning, found.tolerance_why, found.near_why):
        assert re.fullmatch(r"[A-Z].{20,}\.", text, flags=re.DOTALL), text
    assert found.publisher
    assert found.licence
    assert found.attribution
    assert found.theme in THEMES
    assert 0 <= found.tolerance_m <= 50
    assert 0 <= found.near_m <= 3000
    assert found.stale_after_days is None or 30 <= found.stale_after_days <= 1000
    assert "B" + "NG" not in repr(found)  # in pieces: the word is one that this project does not write
    assert found.name[0].isupper()


def test_designated_land_is_what_the_order_lists() -> None:
    """Article 2(3) land is what SI 2015/596, Schedule 1, Part 1, names and nothing else.

    Green belt, sites of special scientific interest, listed buildings and buffer zones are not on its list.
    """
    found = {slug for slug, each in datasets().items() if each.designated_land}
    assert found == {
        "area-of-outstanding-natural-beauty",
        "conservation-area",
        "national-park",  # the Broads are a record of this dataset
        "protected-land",
        "world-heritage-site",
    }
    assert {slug for slug, each in datasets().items() if "designated" in each.designations} == found


def test_a_buffer_zone_is_not_a_world_heritage_site() -> None:
    """The buffer zone has a designation value of its own and never the site's."""
    assert dataset("world-heritage-site-buffer-zone").all_designations == ("designated.WHS.bufferZone",)


def test_a_certificate_of_immunity_is_not_a_listing() -> None:
    """A building that may not be listed is not said to be listed."""
    assert dataset("certificate-of-immunity").all_designations == ("certificateOfImmunity",)


@pytest.mark.parametrize("slug", ["listed-building", "listed-building-outline"])
@pytest.mark.parametrize(
    ("grade", "means"), [("I", "gradeOne"), ("II", "gradeTwo"), ("II*", "gradeTwoStar"), (" ii* ", "gradeTwoStar")]
)
def test_the_grade_of_a_listed_building_is_told(slug: str, grade: str, means: str) -> None:
    """Each grade has its own value beside `listed`, and leaves nothing undetermined."""
    attributes = {"listed-building-grade": grade}
    assert dataset(slug).designations_of(attributes) == ("listed", f"listed.{means}")
    assert dataset(slug).undetermined(attributes) == ()


@pytest.mark.parametrize("attributes", [{}, {"listed-building-grade": " "}, {"listed-building-grade": "see notes"}])
def test_an_unknown_grade_is_not_a_grade_denied(attributes: dict[str, str]) -> None:
    """Outlines without a grade are listed, and each of the three grades stays open."""
    found = dataset("listed-building-outline")
    assert found.designations_of(attributes) == ("listed",)
    assert set(found.undetermined(attributes)) == {"listed.gradeOne", "listed.gradeTwo", "listed.gradeTwoStar"}


def test_flood_levels_are_zones() -> None:
    """Level 3 is zone 3; a record without a level could be of either zone."""
    zones = dataset("flood-risk-zone")
    assert zones.designations_of({"flood-risk-level": "3"}) == ("flood", "flood.zoneThree")
    assert zones.undetermined({}) == ("flood.zoneTwo", "flood.zoneThree")


def test_replanted_ancient_woodland_is_not_semi_natural() -> None:
    """A plantation on an ancient woodland site is irreplaceable, but it is not ancient semi-natural woodland."""
    woodland = dataset("ancient-woodland")
    replanted = {"ancient-woodland-status": "PAWS"}
    assert woodland.designations_of(replanted) == ("irreplaceableHabitat",)
    assert woodland.undetermined(replanted) == ()
    assert "nature.ASNW" in woodland.designations_of({"ancient-woodland-status": "ASNW"})
    assert woodland.undetermined({}) == ("nature.ASNW",)


def test_the_broads_are_told_by_number_or_by_name() -> None:
    """Another park's record settles that it is not the Broads; a record without number and name does not."""
    parks = dataset("national-park")
    assert "designated.nationalPark.broads" in parks.designations_of({"entity": "520007"})
    assert "designated.nationalPark.broads" in parks.designations_of({"name": "the broads"})
    assert parks.undetermined({"entity": "520001", "name": ""}) == ()
    assert parks.undetermined({"entity": "", "name": ""}) == ("designated.nationalPark.broads",)


def test_order_goes_by_theme() -> None:
    """Datasets of one theme stand together, in the order of the themes."""
    themes = list(dict.fromkeys(each.theme for each in datasets().values()))
    assert themes == list(THEMES)


def test_values_survive_a_worker_process() -> None:
    """A dataset can be sent to another process and used as a key."""
    found = dataset("listed-building")
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes
    assert {found: 1}[found] == 1


@pytest.mark.parametrize("asked", ["conservation_area", "conservation-areas", "Conservation area"])
def test_an_unknown_name_suggests_the_nearest(asked: str) -> None:
    """A misspelt dataset is not found, and the message names the likely one."""
    with pytest.raises(NotFound, match="Did you mean conservation-area"):
        dataset(asked)


def test_a_name_like_nothing_points_to_the_list() -> None:
    """Where nothing is near, the message says how to see all names."""
    with pytest.raises(NotFound, match="bopsgis data list"):
        dataset("zzzz")


def schema_values(shared: Path, name: str) -> dict[str, str]:
    """Designation value -> description in a published schema."""
    definitions = json.loads((shared / "schemas" / "schemas" / name).read_text())["definitions"]
    return dict(_consts(definitions["PlanningDesignation"], definitions))


def _consts(node: Any, definitions: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for each in node:
            yield from _consts(each, definitions)
    elif isinstance(node, dict):
        if "$ref" in node:
            yield from _consts(definitions[node["$ref"].rpartition("/")[2]], definitions)
        value = node.get("value", {})
        if isinstance(value, dict) and "const" in value:
            yield value["const"], node["description"]["const"]
        for each in node.values():
            yield from _consts(each, definitions)


@pytest.mark.parametrize("name", ["application.json", "prototypeApplication.json"])
def test_designation_values_are_those_of_the_schema(shared: Path, name: str) -> None:
    """Our list of 72 values is the published one, so a value outside it cannot get into the catalogue."""
    values = schema_values(shared, name)
    assert set(odp_values()) == set(values)
    assert len(values) == 72
    different = {value for value, words in values.items() if odp_values()[value] != words}
    assert different == {"communityAsset.nominated"}  # the schema misspells it


def test_schema_values_that_no_dataset_means_are_known() -> None:
    """What we cannot say is listed, each with its reason."""
    assert set(odp_unmapped()) == {
        "communityAsset.nominated",
        "flood.local",
        "flood.stormSurge",
        "flood.zoneOne",
        "flood.zoneThree.a",
        "flood.zoneThree.b",
        "historicUndergroundWatercourse",
        "nature.SAC.possible",
        "nature.SPA.potential",
        "nature.ramsarSite.proposed",
    }
    assert all(reason.endswith(".") for reason in odp_unmapped().values())
