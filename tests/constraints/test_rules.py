"""What follows from a constraint, as the law's own examples say it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import inf
from typing import Any

import pytest

from constraints.catalogue import dataset, datasets
from constraints.model import Consequence, ConsequenceKind, Hit, Provenance, Relation, Status
from constraints.rules import absence_speaks_from_m2, consequences, rules

TODAY = date(2026, 11, 22)


class NoDrawing:
    """Shapes play no part in rules."""

    def shape(self, feature: int) -> Any:
        """Nothing."""


NO_DRAWING = NoDrawing()
PROVENANCE = Provenance(
    source="source",
    publisher="publisher",
    dataset_version="0" * 12,
    retrieved=TODAY,
    entry_date=None,
    start_date=None,
    end_date=None,
    licence="licence",
    attribution="attribution",
    transform="none",
    transform_accuracy_m=0.0,
)


def hit(slug: str, **changes: Any) -> Hit:
    """A designation that holds the whole site, unless changed."""
    values: dict[str, Any] = {
        "feature": 1,
        "dataset": slug,
        "reference": "1",
        "name": "Name",
        "entity": "1",
        "attributes": {},
        "relation": Relation.SITE_WITHIN,
        "status": Status.PRESENT,
        "likely": False,
        "overlap_m2": 500.0,
        "overlap_length_m": 0.0,
        "site_share": 1.0,
        "feature_share": 0.1,
        "parts": 1,
        "inscribed_radius_m": 10.0,
        "distance_m": 0.0,
        "bearing": "",
        "tolerance_m": 0.5,
        "tolerance_why": "why",
        "provisional": False,
        "provenance": PROVENANCE,
        "drawing": NO_DRAWING,
        **changes,
    }
    return Hit(**values)


def near(slug: str, distance_m: float, **changes: Any) -> Hit:
    """A designation at this distance from the site."""
    away: dict[str, Any] = {"status": Status.NEAR, "relation": Relation.NEAR, "distance_m": distance_m}
    return hit(slug, **{**away, "overlap_m2": 0.0, "site_share": 0.0, **changes})


def follows(slug: str, *hits: Hit, status: Status | None = None, **asked: Any) -> tuple[Consequence, ...]:
    """What follows today for a site of 500 m2, unless asked otherwise."""
    strongest = hits[0].status if status is None else status
    return consequences(dataset(slug), hits, strongest, **{"site_area_m2": 500.0, "as_at": TODAY, **asked})


def about(found: tuple[Consequence, ...], words: str) -> Consequence:
    """The one consequence whose text has these words."""
    (only,) = [each for each in found if words in each.text]
    return only


def silent(found: tuple[Consequence, ...], words: str) -> bool:
    """Whether nothing found has these words."""
    return not any(words in each.text for each in found)


DESIGNATED = [slug for slug, each in datasets().items() if each.designated_land]


@pytest.mark.parametrize("slug", DESIGNATED)
@pytest.mark.parametrize(
    "words", ["article 2(3) land", "No additional storeys on a house (Class AA)", "Class Q", "Part 20"]
)
def test_designated_land_loses_permitted_development(slug: str, words: str) -> None:
    """In a conservation area, and on all other article 2(3) land, Class AA and others do not apply."""
    found = about(follows(slug, hit(slug)), words)
    assert found.kind is ConsequenceKind.PERMITTED_DEVELOPMENT
    assert found.certain


@pytest.mark.parametrize(
    "slug", ["world-heritage-site-buffer-zone", "green-belt", "locally-listed-building", "certificate-of-immunity"]
)
def test_what_is_not_designated_land_loses_nothing(slug: str) -> None:
    """A World Heritage buffer zone, green belt, local list and certificate of immunity take no right away."""
    found = follows(slug, hit(slug, attributes={"listed-building-grade": "I"}))
    assert not [each for each in found if each.kind is ConsequenceKind.PERMITTED_DEVELOPMENT]
    assert not [each for each in found if each.kind is ConsequenceKind.CONSENT]


def test_a_conservation_area_keeps_class_ma_and_a_national_park_loses_it() -> None:
    """In a conservation area shops may still become homes, with a look at the ground floor; in a park not."""
    area = follows("conservation-area", hit("conservation-area"))
    park = follows("national-park", hit("national-park"))
    assert silent(area, "No change of shops")
    assert not about(area, "ground floor").certain
    assert about(park, "No change of shops").certain


def test_trees_in_a_conservation_area_need_notice() -> None:
    """Section 211: six weeks' notice, even where only a part of the site is inside."""
    part = hit("conservation-area", relation=Relation.OVERLAPS, site_share=0.3)
    notice = about(follows("conservation-area", part), "Six weeks")
    assert (notice.kind, notice.certain) == (ConsequenceKind.CONSENT, True)
    assert notice.citation == "Town and Country Planning Act 1990, section 211"


def test_a_site_partly_in_the_area_is_a_question_not_a_yes() -> None:
    """The order speaks of land within, so with a site half inside a person must say where the house stands."""
    part = hit("conservation-area", relation=Relation.OVERLAPS, site_share=0.5)
    assert not about(follows("conservation-area", part), "Class AA").certain


def test_one_area_that_holds_the_site_outweighs_one_that_cuts_it() -> None:
    """A second area across a corner does not make the first less certain."""
    part = hit("conservation-area", relation=Relation.OVERLAPS, site_share=0.1)
    assert about(follows("conservation-area", hit("conservation-area"), part), "Class AA").certain


def test_an_area_next_door_takes_no_rights() -> None:
    """A conservation area that only touches the site has no consequence for it."""
    next_door = hit("conservation-area", status=Status.ADJACENT, relation=Relation.TOUCHES, site_share=0.0)
    assert follows("conservation-area", next_door) == ()


@pytest.mark.parametrize("status", [Status.ABSENT, Status.NOT_KNOWN])
@pytest.mark.parametrize("slug", sorted(set(rules()) - {"flood-risk-zone"}))
def test_nothing_follows_from_nothing(slug: str, status: Status) -> None:
    """Neither a proven absence nor a lack of knowledge has consequences."""
    assert follows(slug, status=status, site_area_m2=1e6) == ()


@pytest.mark.parametrize(("site_area_m2", "told"), [(999.0, False), (1000.0, False), (1000.1, True)])
def test_historic_england_hears_of_large_sites_in_conservation_areas(site_area_m2: float, *, told: bool) -> None:
    """Regulation 5A speaks of sites of more than 1,000 square metres."""
    found = follows("conservation-area", hit("conservation-area"), site_area_m2=site_area_m2)
    assert silent(found, "Notify Historic England") is not told


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({"listed-building-grade": "I"}, True),
        ({"listed-building-grade": "ii*"}, True),
        ({"listed-building-grade": "II"}, False),
        ({"listed-building-grade": ""}, True),
        ({"listed-building-grade": "see list"}, True),
        ({}, True),
    ],
)
@pytest.mark.parametrize("slug", ["listed-building-outline", "listed-building"])
def test_an_unknown_grade_may_be_the_highest(slug: str, attributes: Mapping[str, str], *, told: bool) -> None:
    """Grade II settles that Historic England need not hear of the setting; a grade not known settles nothing."""
    found = follows(slug, near(slug, 20.0, attributes=attributes))
    assert silent(found, "grade I or II*") is not told
    if told:
        assert not about(found, "grade I or II*").certain


@pytest.mark.parametrize(
    ("attributes", "certain"), [({"park-and-garden-grade": "II*"}, True), ({"park-and-garden-grade": "?"}, False)]
)
def test_a_park_of_unknown_grade_is_put_to_a_person(attributes: Mapping[str, str], *, certain: bool) -> None:
    """Inside a grade II* park Historic England is consulted; inside one of unknown grade perhaps."""
    found = follows("park-and-garden", hit("park-and-garden", attributes=attributes))
    assert about(found, "Consult Historic England").certain is certain


def test_a_listed_building_on_the_site_needs_consent() -> None:
    """An outline inside the site is certain; its curtilage, which the outline does not show, is not."""
    inside = hit("listed-building-outline", relation=Relation.COVERS, site_share=0.2, feature_share=1.0)
    found = follows("listed-building-outline", inside)
    assert about(found, "Listed building consent for demolition").certain
    assert not about(found, "No outbuildings").certain


def test_a_listed_building_as_a_point_is_likely_only() -> None:
    """A point, on the site or 10 m off, may be the building itself: consent is named, and never as certain."""
    inside = hit("listed-building", likely=True, relation=Relation.COVERS)
    beside = near("listed-building", 10.0, likely=True)
    for point in (inside, beside):
        found = follows("listed-building", point)
        assert not about(found, "Listed building consent for demolition").certain
        assert not any(each.certain for each in found)


def test_the_mosque_next_door_is_no_consent_matter() -> None:
    """A listed building that overlaps by a sliver concerns the site by its setting, not by its consent."""
    sliver = hit("listed-building-outline", status=Status.ADJACENT, relation=Relation.OVERLAPS, site_share=0.0008)
    found = follows("listed-building-outline", sliver)
    assert silent(found, "Listed building consent")
    assert about(found, "setting of the listed building").kind is ConsequenceKind.PUBLICITY


def test_any_part_in_a_flood_zone_needs_an_assessment() -> None:
    """A corner of the site in zone 2 or 3 is enough, whatever the size of the site."""
    corner = hit("flood-risk-zone", relation=Relation.OVERLAPS, site_share=0.02, attributes={"flood-risk-level": "2"})
    found = follows("flood-risk-zone", corner)
    assert about(found, "Flood risk assessment").certain
    assert about(found, "Environment Agency on development in flood zone").who == "Environment Agency"


@pytest.mark.parametrize(("site_area_m2", "needed"), [(9_999.0, False), (10_000.0, True), (25_000.0, True)])
def test_a_hectare_in_zone_one_needs_an_assessment(site_area_m2: float, *, needed: bool) -> None:
    """Where zones 2 and 3 are proven absent, a site of 1 hectare or more needs an assessment all the same."""
    found = follows("flood-risk-zone", status=Status.ABSENT, site_area_m2=site_area_m2)
    assert bool(found) is needed
    assert all(each.certain and "zone 1" in each.text for each in found)


def test_a_hectare_partly_in_zone_two_is_not_called_zone_one() -> None:
    """The rule for zone 1 is silent where a zone is on the site."""
    found = follows("flood-risk-zone", hit("flood-risk-zone"), site_area_m2=20_000.0)
    assert silent(found, "zone 1 and is 1 hectare")


def test_only_flood_zones_speak_of_absence() -> None:
    """An answer of absence depends on the size of the site for this dataset alone."""
    least_m2 = {slug: absence_speaks_from_m2(each) for slug, each in datasets().items()}
    assert {slug: area for slug, area in least_m2.items() if area < inf} == {"flood-risk-zone": 10_000.0}


@pytest.mark.parametrize(
    ("distance_m", "certain"), [(0.0, True), (9.4, True), (9.6, False), (10.4, False), (10.6, None)]
)
def test_railway_land_counts_within_ten_metres(distance_m: float, *, certain: bool | None) -> None:
    """Article 16: within 10 m; where the accuracy of half a metre could decide, a person must."""
    found = follows("railway", near("railway", distance_m, tolerance_m=0.5))
    notices = [each for each in found if "railway operator" in each.text]
    assert [each.certain for each in notices] == ([] if certain is None else [certain])
    assert all(each.verified for each in notices)


@pytest.mark.parametrize(("distance_m", "told"), [(250.0, True), (260.0, False)])
def test_landfill_counts_within_250_metres(distance_m: float, *, told: bool) -> None:
    """The Environment Agency is consulted within 250 m of landfill."""
    found = follows("historic-landfill", near("historic-landfill", distance_m, tolerance_m=1.0))
    assert silent(found, "within 250 m") is not told


def test_a_main_river_is_measured_to_its_middle() -> None:
    """Twenty metres from a bank that no map gives: 28 m from the middle is reported, never as certain."""
    found = about(follows("main-river", near("main-river", 28.0, tolerance_m=1.0)), "20 m of the top of its bank")
    assert (found.who, found.certain) == ("Environment Agency", False)


def test_ancient_woodland_has_a_buffer_of_fifteen_metres() -> None:
    """At 14 m from the edge the buffer is needed for certain, at 17 m it is not."""
    close = follows("ancient-woodland", near("ancient-woodland", 13.9, tolerance_m=1.0))
    far = follows("ancient-woodland", near("ancient-woodland", 17.0, tolerance_m=1.0))
    assert about(close, "buffer of at least 15 m").certain
    assert silent(far, "buffer of at least 15 m")


def test_a_provisional_order_protects_its_trees() -> None:
    """A provisional tree preservation order is in force, so consent is needed as for a confirmed one."""
    found = follows("tree-preservation-zone", hit("tree-preservation-zone", provisional=True))
    assert about(found, "before cutting down").certain


@pytest.mark.parametrize(
    ("as_at", "source"),
    [
        (date(2024, 12, 11), "editions of 2012 to 2023"),
        (date(2024, 12, 12), "December 2024"),
        (date(2026, 8, 16), "December 2024"),
        (date(2026, 8, 17), "August 2026"),
    ],
)
def test_policy_is_that_of_the_day(as_at: date, source: str) -> None:
    """The policy framework was replaced on 17 August 2026: each day has one edition, never two and never none."""
    statement = about(follows("conservation-area", hit("conservation-area"), as_at=as_at), "Heritage statement")
    assert source in statement.citation


@pytest.mark.parametrize(("as_at", "lost"), [(date(2020, 8, 30), False), (date(2020, 8, 31), True)])
def test_a_right_is_lost_only_once_it_exists(as_at: date, *, lost: bool) -> None:
    """Class AA came on 31 August 2020; before that there was nothing to lose."""
    found = follows("conservation-area", hit("conservation-area"), as_at=as_at)
    assert silent(found, "Class AA") is not lost


def test_a_surface_without_hits_is_never_certain() -> None:
    """A depth surface has no designations to be inside of, so its consequence is put to a person."""
    found = follows("surface-water-flood-depth", status=Status.PRESENT)
    assert [each.certain for each in found] == [False]


def test_verified_law_is_what_was_seen() -> None:
    """Only seven statements rest on text that was read; all others say that they must be checked."""
    seen = {
        (rule.slug, basis.at) for each in rules().values() for rule in each for basis in rule.basis if basis.verified
    }
    assert seen == {
        ("article-2-3-land", "article 2(3) and Schedule 1, Part 1"),
        ("article-2-4-land", "article 2(4) and Schedule 1, Part 2"),
        ("conservation-area-historic-england", "regulation 5A(3)"),
        ("habitats-assessment", "regulation 63(1)"),
        ("listed-building-setting-historic-england", "regulation 5A(3)"),
        ("railway-notice", "article 16"),
        ("tree-consent", "regulations 13 and 14"),
    }


@pytest.mark.parametrize("slug", sorted(rules()))
def test_rules_are_written_for_people(slug: str) -> None:
    """Each rule is a sentence, consultees and consents say who, and each basis says whether its text was seen."""
    for rule in rules()[slug]:
        assert rule.text[0].isupper()
        assert rule.text.endswith(".")
        assert bool(rule.who) is (rule.kind in {ConsequenceKind.CONSULTEE, ConsequenceKind.CONSENT})
        assert all("seen" in each.law.edition or each.verified for each in rule.basis)
