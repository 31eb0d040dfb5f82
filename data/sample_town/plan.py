"""The hand-drawn plan of Thistleford: rivers, main roads, railway, districts and special land, as data.

Coordinates are local metres from the south-west corner of the map; `ORIGIN` moves them to the national grid
(EPSG:27700). Nothing here exists: the names, the numbers and the councils are invented, and the land that
really lies at this place on the grid has no such town.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ARTERIALS",
    "BORDER",
    "BROOK",
    "CORE_LANES",
    "COUNCIL",
    "COUNTRYSIDE",
    "DISTRICTS",
    "DIVIDES",
    "EXTENT",
    "FARMS",
    "MARKET_PLACE",
    "NEIGHBOUR",
    "ORIGIN",
    "PATHS",
    "RAILWAY",
    "RESERVED",
    "RIVER",
    "SIZE",
    "TOWN",
    "TOWN_EDGE",
    "XY",
    "Arterial",
    "District",
    "Reserved",
]

XY = tuple[float, float]

TOWN = "Thistleford"
COUNCIL = ("local-authority:XTH", "Thistleford Borough Council")
NEIGHBOUR = ("local-authority:XAM", "Ambermarsh District Council")
ORIGIN: XY = (440_000.0, 243_000.0)
SIZE: XY = (4_000.0, 3_000.0)
EXTENT = (ORIGIN[0], ORIGIN[1], ORIGIN[0] + SIZE[0], ORIGIN[1] + SIZE[1])

# Knots that several roads share.
_NORTH_GATE: XY = (1785, 1975)
_MARKET: XY = (1840, 1700)
_SOUTH_GATE: XY = (1905, 1415)
_WEST_GATE: XY = (1560, 1742)
_EAST_GATE: XY = (2092, 1678)
_BRIDGE_FOOT: XY = (1985, 1120)
_WHARF_CORNER: XY = (2070, 900)
_NORTH_RING: XY = (1690, 2400)
_WEST_RING: XY = (1100, 1905)
_WEST_RING_TOP: XY = (1115, 2200)
_EAST_RING: XY = (2310, 1680)
_ABBEY_CORNER: XY = (2000, 2345)
_ABBEY_TOP: XY = (2700, 2760)
_EASTFIELD: XY = (2900, 1780)
_FORD_TOP: XY = (750, 2085)
_FORD_FOOT: XY = (600, 1010)
_QUARRY_CORNER: XY = (2750, 720)
_GASWORKS_CORNER: XY = (1050, 1046)
_SOUTHDOWN: XY = (2230, 250)

RIVER: tuple[XY, ...] = (
    (-150, 1700), (150, 1640), (380, 1500), (560, 1330), (820, 1290), (1020, 1400), (1250, 1450), (1480, 1340),
    (1700, 1245), (1960, 1262), (2200, 1330), (2420, 1240), (2560, 1070), (2780, 985), (3060, 1060), (3280, 990),
    (3450, 800), (3700, 690), (3900, 560), (4150, 520),
)  # fmt: skip
BROOK: tuple[XY, ...] = (
    (2640, 3150), (2550, 2850), (2480, 2640), (2540, 2420), (2460, 2180), (2530, 1960), (2470, 1690), (2500, 1450),
    (2420, 1240),
)  # fmt: skip
RAILWAY: tuple[XY, ...] = (
    (-150, 330), (400, 390), (1000, 480), (1600, 560), (2130, 590), (2600, 530), (3050, 390), (3500, 140), (3950, -150),
)  # fmt: skip
BORDER: tuple[XY, ...] = (
    (3560, 3150), (3520, 2600), (3440, 2250), (3392, 2040), (3430, 1830), (3406, 1640), (3372, 1420), (3424, 1230),
    (3385, 1010),
    (3330, 930), (3420, 700), (3380, 420), (3300, 150), (3320, -150),
)  # fmt: skip
"""The border between the two councils, north to south: Thistleford lies west of it. It cuts through gardens."""

TOWN_EDGE: tuple[XY, ...] = (
    (330, 2190), (560, 2420), (880, 2690), (1200, 2750), (1620, 2780), (2050, 2800), (2450, 2850), (2800, 2870),
    (3050, 2640),
    (3190, 2280), (3420, 2080), (3680, 1960), (3730, 1600), (3640, 1250), (3470, 1080), (3420, 760), (3330, 600),
    (3150, 380),
    (2800, 150), (2450, 40), (2000, 30), (1500, 90), (1220, 200), (1020, 600), (700, 800), (420, 950), (350, 1200),
    (420, 1500),
    (330, 1800),
)  # fmt: skip

DIVIDES: tuple[tuple[XY, ...], ...] = (((1135, 1505), (1135, 1380)), ((1040, 620), (1032, 440)))
"""Lines that part districts where no road does."""

MARKET_PLACE: tuple[XY, ...] = (
    (1808, 1790),
    (1836, 1795),
    (1868, 1770),
    (1880, 1700),
    (1872, 1640),
    (1848, 1632),
    (1832, 1650),
)


@dataclass(frozen=True, slots=True)
class Arterial:
    """A main road: its course and, from north or west, the names of its sections with the share at which each ends."""

    points: tuple[XY, ...]
    sections: tuple[tuple[str, float], ...]
    road_class: str
    ref: str = ""


ARTERIALS: tuple[Arterial, ...] = (
    Arterial(
        ((1560, 3150), (1600, 2800), _NORTH_RING, (1765, 2100), _NORTH_GATE, (1812, 1850), _MARKET, (1880, 1530),
         _SOUTH_GATE,
         (1930, 1350), (1955, 1262), _BRIDGE_FOOT, _WHARF_CORNER, (2110, 720), (2140, 560), _SOUTHDOWN, (2290, -150)),
        (("Northfield Road", 0.228), ("North Gate", 0.357), ("High Street", 0.443), ("Market Place", 0.455),
         ("Bridge Street", 0.575),
         ("Station Road", 0.785), ("Southdown Road", 1.0)),
        "A", "A4997",
    ),
    Arterial(
        ((-150, 2330), (300, 2265), _FORD_TOP, _WEST_RING, (1350, 1800), _WEST_GATE, (1700, 1712), _MARKET),
        (("Wickham Road", 0.47), ("West Street", 0.856), ("Sheep Street", 1.0)), "B", "B4998",
    ),
    Arterial(
        (_MARKET, _EAST_GATE, _EAST_RING, (2480, 1695), _EASTFIELD, (3400, 1800), (4150, 1930)),
        (("Corn Street", 0.11), ("East Street", 0.20), ("Ambermarsh Road", 1.0)), "B", "B4998",
    ),
    Arterial((_NORTH_GATE, (1660, 1925), (1580, 1850), _WEST_GATE), (("North Walls", 1.0),), "unclassified"),
    Arterial((_WEST_GATE, (1572, 1600), (1640, 1480), (1770, 1410), _SOUTH_GATE), (("West Walls", 0.5),
     ("Tanner's Row", 1.0)), "unclassified"),
    Arterial((_NORTH_GATE, (1920, 1930), (2050, 1830), _EAST_GATE), (("East Walls", 1.0),), "unclassified"),
    Arterial((_EAST_GATE, (2080, 1540), (2005, 1440), _SOUTH_GATE), (("Priory Row", 0.55), ("Maltings Lane", 1.0)),
     "unclassified"),
    Arterial(
        (_BRIDGE_FOOT, (1750, 1065), (1400, 1085), _GASWORKS_CORNER, _FORD_FOOT, (200, 1110), (-150, 1130)),
        (("Mill Road", 0.65), ("Long Ham Lane", 1.0)), "unclassified",
    ),
    Arterial(
        (_WHARF_CORNER, (2400, 860), _QUARRY_CORNER, (3050, 640), (3300, 560), (3700, 400), (4150, 330)),
        (("Wharf Road", 0.33), ("Quarry Road", 1.0)), "unclassified",
    ),
    Arterial(
        (_WEST_RING, _WEST_RING_TOP, (1350, 2380), _NORTH_RING, _ABBEY_CORNER, (2210, 2130), (2300, 1900), _EAST_RING),
        (("Park Road", 0.40), ("Almond Road", 0.61), ("Brookside Road", 1.0)), "unclassified",
    ),
    Arterial((_ABBEY_CORNER, (2320, 2570), _ABBEY_TOP, (3000, 3150)), (("Abbey Road", 1.0),), "unclassified"),
    Arterial((_WEST_RING_TOP, (860, 2500), (720, 2800), (650, 3150)), (("Heath Lane", 1.0),), "unclassified"),
    Arterial((_ABBEY_TOP, (2850, 2480), (2960, 2150), _EASTFIELD), (("Eastfield Road", 1.0),), "unclassified"),
    Arterial(
        (_EASTFIELD, (2930, 1500), (2910, 1240), (2880, 1010), (2840, 860), _QUARRY_CORNER),
        (("Kingfisher Way", 0.6), ("Lock Lane", 1.0)), "unclassified",
    ),
    Arterial((_WEST_RING, (1135, 1740), (1150, 1600), (1135, 1505)), (("Ham Road", 1.0),), "unclassified"),
    Arterial((_GASWORKS_CORNER, (1062, 850), (1040, 620)), (("Gasworks Lane", 1.0),), "unclassified"),
    Arterial(
        (_SOUTHDOWN, (1950, 205), (1650, 235), (1420, 330), (1180, 220), (600, 140), (-150, 90)),
        (("Weavers Way", 0.47), ("Drove Lane", 1.0)),
        "unclassified",
    ),
    Arterial((_FORD_TOP, (730, 1820), (650, 1580), (610, 1320), _FORD_FOOT), (("Ford Lane", 1.0),), "unclassified"),
)  # fmt: skip
"""Roads that carry through traffic. The first is the A road, whose High Street is the old main street."""

CORE_LANES: tuple[tuple[str, tuple[XY, ...]], ...] = (
    ("Church Lane", ((1818, 1820), (1740, 1815), (1660, 1925))),
    ("Fish Row", ((1700, 1712), (1742, 1815))),
    ("Chantry Lane", ((1824, 1765), (1930, 1775), (2005, 1868))),
    ("Butter Row", ((1930, 1775), (1945, 1690))),
    ("Cross Keys Yard", ((1862, 1600), (1790, 1585), (1720, 1580), (1572, 1600))),
    ("Saddler Street", ((1700, 1712), (1712, 1580), (1716, 1432))),
    ("Glovers' Lane", ((1872, 1558), (1950, 1560), (2080, 1540))),
    ("Ropewalk", ((1945, 1690), (1953, 1560), (1975, 1428))),
)  # fmt: skip
"""Narrow streets of the old town."""


FARMS: tuple[tuple[str, XY], ...] = (
    ("Hanger Farm", (600, 2880)), ("Drove Farm", (700, 320)), ("Wickham Lodge Farm", (150, 2450)),
    ("Ambermarsh Grange", (3850, 2150)),
    ("Quarry Farm", (3480, 230)), ("Heath Farm", (930, 2880)), ("Long Ham Farm", (300, 960)),
    ("Abbey Farm", (2330, 2330)),
    ("Osier Farm", (3780, 1050)), ("Southdown Farm", (2720, 90)), ("Northfield Farm", (1400, 2890)),
    ("Far Field Barns", (3720, 1500)),
)  # fmt: skip
"""Farmsteads, by a point in their field."""

PATHS: tuple[tuple[str, tuple[XY, ...]], ...] = (
    ("Riverside Path", ((1972, 1238), (1880, 1215), (1700, 1205), (1480, 1300), (1250, 1405), (1030, 1360),
    (820, 1245), (622, 1262))),
    ("Thissel Way", ((622, 1290), (520, 1310), (360, 1440), (150, 1590), (-150, 1650))),
    ("Brook Path", ((2449, 1697), (2440, 1960), (2390, 2180), (2440, 2420), (2420, 2590))),
    ("Abbey Path", ((2285, 1960), (2360, 2010), (2440, 2060))),
    ("Mill Path", ((1500, 1074), (1490, 1180), (1470, 1300))),
    ("Jubilee Walk", ((1126, 2190), (1290, 2230), (1420, 2290), (1520, 2392))),
    ("Hanger Footpath", ((750, 2720), (560, 2760), (380, 2700), (200, 2580), (-150, 2540))),
    ("Ambermarsh Footpath", ((3560, 1860), (3640, 2100), (3800, 2280), (3860, 2600), (3950, 3150))),
    ("Drove Footpath", ((640, 150), (700, 420), (800, 560), (880, 800))),
    ("Osier Path", ((2894, 1060), (3080, 1115), (3290, 1045), (3480, 860), (3720, 745), (4150, 590))),
)  # fmt: skip
"""Footpaths across open ground, which take no land of their own."""


@dataclass(frozen=True, slots=True)
class District:
    """A part of the town of one age: where it is, how its streets lie and what is built along them."""

    key: str
    name: str
    era: str
    """`core`, `victorian`, `interwar`, `postwar`, `modern`, `industrial`, `open`"""
    at: XY
    angle: float = 0.0
    """Degrees anticlockwise from east in which its long streets run."""
    centre: XY | None = None
    """Where crescents have their middle; None for a grid."""
    amplitude_m: float = 0.0
    shift: float = 0.0


DISTRICTS: tuple[District, ...] = (
    District("core-nw", "Old Town", "core", (1700, 1850)),
    District("core-ne", "Old Town", "core", (1950, 1850)),
    District("core-sw", "Old Town", "core", (1680, 1620)),
    District("core-se", "Old Town", "core", (2000, 1600)),
    District("westgate", "Westgate", "victorian", (1400, 2050), angle=-14, amplitude_m=4),
    District("northgate", "Northgate", "victorian", (2000, 2100), angle=62, amplitude_m=4),
    District("priory", "Priory", "victorian", (2220, 1500), angle=4, amplitude_m=3),
    District("tannery", "Tannery", "victorian", (1300, 1650), angle=-25, amplitude_m=4, shift=20),
    District("ham", "The Ham", "interwar", (900, 1700), centre=(1150, 2010)),
    District("wickham", "Wickham Fields", "postwar", (500, 1900), angle=78, amplitude_m=16),
    District("heath", "Heath End", "interwar", (800, 2300), centre=(420, 1960)),
    District("northfield", "Northfield", "postwar", (1250, 2550), angle=84, amplitude_m=18),
    District("abbey", "Abbey Park", "interwar", (1900, 2600), centre=(1780, 2290)),
    District("brook", "Brook Meadows", "open", (2380, 2000)),
    District("eastfield", "Eastfield", "interwar", (2750, 2150), centre=(2560, 1700)),
    District("hillcrest", "Hillcrest", "postwar", (3050, 2000), angle=15, amplitude_m=14),
    District("brookend", "Brook End", "postwar", (2700, 1450), angle=8, amplitude_m=10),
    District("kingfisher", "Kingfisher Reach", "modern", (3250, 1450), angle=-12, amplitude_m=20),
    District("wharf", "The Wharf", "victorian", (2300, 1020), angle=-8, amplitude_m=3),
    District("railway", "Railway Town", "victorian", (1700, 800), angle=4, amplitude_m=2),
    District("works", "Thistleford Trading Estate", "industrial", (2500, 680), angle=-12),
    District("lock", "Lock End", "postwar", (3050, 850), angle=70, amplitude_m=10),
    District("southdown-w", "Southdown", "postwar", (1800, 400), angle=-4, amplitude_m=10),
    District("southdown-s", "Southdown", "postwar", (1800, 120), angle=4, amplitude_m=10),
    District("gasworks", "Long Ham", "interwar", (800, 900), centre=(1180, 620)),
    District("southdown-e", "Southdown", "interwar", (2450, 300), centre=(2240, 60)),
)
"""Each `at` lies in one face of the map cut by main roads, rivers, railway and town edge."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Land kept clear of streets and house plots, with a use of its own."""

    name: str
    kind: str
    points: tuple[XY, ...]


COUNTRYSIDE: tuple[tuple[str, str, XY], ...] = (
    ("Hanger Wood", "wood", (450, 2780)), ("Hanger Wood", "wood", (300, 2640)), ("Monks Copse", "wood", (2200, 2930)),
    ("Quarry Plantation", "wood", (3700, 200)), ("Quarry Plantation", "wood", (3850, 90)),
    ("Ambermarsh Wood", "wood", (3800, 2600)),
    ("Ambermarsh Wood", "wood", (3850, 2400)), ("Mill Meadows", "meadow", (1300, 1230)),
    ("Mill Meadows", "meadow", (1550, 1180)),
    ("Long Ham Meadow", "meadow", (800, 1160)), ("Ford Marsh", "meadow", (250, 1430)),
    ("Ford Marsh", "meadow", (420, 1270)),
    ("Osier Beds", "meadow", (3650, 850)), ("Osier Beds", "meadow", (3800, 780)),
)  # fmt: skip
"""Fields with a name or use of their own, by a point in them."""

RESERVED: tuple[Reserved, ...] = (
    Reserved(
        "St Wendreth's Church",
        "churchyard",
        ((1668, 1770), (1722, 1758), (1748, 1802), (1738, 1812), (1690, 1845), (1650, 1850), (1640, 1800)),
    ),
    Reserved("Castle Mound", "castle", ((1960, 1790), (2030, 1770), (2060, 1715), (1990, 1712), (1958, 1740))),
    Reserved(
        "Jubilee Park",
        "park",
        ((1140, 2215), (1350, 2360), (1540, 2395), (1500, 2260), (1420, 2150), (1250, 2120), (1130, 2130)),
    ),
    Reserved(
        "Thistleford Academy",
        "school",
        ((960, 2420), (1110, 2275), (1270, 2380), (1320, 2480), (1200, 2600), (1010, 2560)),
    ),
    Reserved("Abbey Primary School", "school", ((1970, 2530), (2150, 2570), (2160, 2720), (1980, 2700))),
    Reserved("Eastfield Primary School", "school", ((2640, 1960), (2840, 1990), (2820, 2120), (2640, 2100))),
    Reserved("Mill Road Primary School", "school", ((1380, 940), (1480, 945), (1480, 1075), (1385, 1075))),
    Reserved("Northfield Cemetery", "cemetery", ((1650, 2600), (1780, 2560), (1800, 2680), (1630, 2720))),
    Reserved("Thistleford Cottage Hospital", "hospital", ((2330, 1580), (2450, 1590), (2455, 1665), (2335, 1660))),
    Reserved("Gasworks Allotments", "allotments", ((1110, 620), (1400, 585), (1420, 700), (1130, 730))),
    Reserved("Town Football Ground", "sports", ((2500, 1290), (2600, 1160), (2760, 1130), (2790, 1320), (2560, 1390))),
    Reserved("Station", "station", ((2165, 612), (2400, 590), (2410, 650), (2180, 672))),
    Reserved("Wickham Recreation Ground", "sports", ((430, 1700), (560, 1660), (640, 1780), (600, 1880), (470, 1850))),
    Reserved("Otter Green", "park", ((3180, 1380), (3290, 1350), (3330, 1450), (3270, 1540), (3170, 1500))),
    Reserved("Hillcrest Green", "park", ((3010, 2180), (3120, 2150), (3150, 2270), (3050, 2330))),
    Reserved("Long Ham Recreation Ground", "sports", ((700, 830), (860, 810), (880, 930), (710, 950))),
    Reserved("Southdown Primary School", "school", ((1560, 330), (1720, 310), (1730, 420), (1570, 440))),
    Reserved("Priory Infant School", "school", ((2180, 1480), (2290, 1480), (2290, 1560), (2180, 1560))),
    Reserved("Wharf Basin Gardens", "park", ((2330, 1000), (2450, 970), (2440, 1060), (2350, 1090))),
    Reserved("Kingfisher Local Centre", "retail", ((2960, 1620), (3080, 1625), (3080, 1725), (2965, 1725))),
)
