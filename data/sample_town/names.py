"""Names of streets. All are made of plain English words; none is a person's."""

from __future__ import annotations

import plan
from shapes import rng_for
from streets import Street

__all__ = ["street_names"]

_ROOTS: dict[str, str] = {
    "victorian": """Albion Alma Anchor Barley Beacon Bell Brewery Brick Britannia Canal Cavalry Chapel
        Charity Clarendon Coach Compass Copper Cotton Crown Dock Dolphin Durable Eagle Engine Exchange
        Factory Ferry Fountain Foundry Globe Granary Granite Guildhall Harbour Hope Industry Iron Jubilee
        Lamp Lancaster Lantern Lion Loom Magnet Malthouse Mercer Mission Mount Orchard Paradise Peacock
        Pinfold Plough Portland Prospect Providence Pump Quay Railway Regent Reservoir Ribbon Salem Saltgate
        School Shuttle Silver Skinner Slate Spring Stable Star Steam Swan Temperance Temple Tramway Trinity
        Trinity Turret Union Unity Vale Victoria Vine Wagon Waterloo Wellington Wheatsheaf Wheel Windmill
        Windsor Wool York Zion""",
    "interwar": """Acacia Alder Almond Apple Ash Aspen Bay Beech Birch Blackthorn Briar Broom Cedar Cherry
        Chestnut Cypress Dogwood Elder Elm Fir Gorse Hawthorn Hazel Heather Holly Hornbeam Ivy Juniper
        Laburnum Larch Laurel Lilac Lime Linden Magnolia Maple Mulberry Myrtle Oak Pear Pine Plane Poplar
        Privet Quince Rowan Spruce Sycamore Tulip Walnut Willow Wisteria Woodbine Yew""",
    "postwar": """Barn Bracken Bramble Brook Burdock Buttercup Byre Campion Chaffinch Clover Coppice
        Cornfield Cowslip Croft Cuckoo Curlew Daisy Dairy Dell Drover Fallow Fern Field Finch Foxglove
        Furrow Garth Glebe Goldfinch Grange Harebell Harrow Harvest Hay Heron Hilltop Homestead Jay Kestrel
        Lapwing Lark Linnet Long Meadow Magpie Marigold Martin Mead Meadow Nightingale Nuthatch Paddock
        Partridge Pasture Pheasant Pightle Plover Poppy Primrose Quarry Redwing Rick Robin Rook Sedge
        Shepherd Skylark Snowdrop Sorrel Sparrow Speedwell Starling Stile Stook Swallow Tansy Thistle Thrush
        Thyme Upland Vetch Violet Wheatear Whitethroat Woodpecker Wren Yarrow""",
    "modern": """Avocet Bittern Bobbin Bulrush Bunting Cobble Coot Damselfly Dipper Dragonfly Eider Flint
        Gosling Grebe Hatchery Iris Lacewing Mallard Marsh Mayfly Mill Minnow Moorhen Osprey Otter Pebble
        Perch Pintail Pochard Reed Rush Sandpiper Shearwater Shoveler Siskin Stonechat Teal Tern Turnstone
        Wagtail Warbler Water Weir Wharf Whimbrel Wigeon Willowherb""",
    "industrial": "Bessemer Cooper Fuller Girder Hammer Kiln Lathe Piston Rivet Spindle Turbine",
}
_SUFFIXES: dict[str, tuple[str, ...]] = {
    "victorian": ("Street", "Road", "Street", "Terrace", "Street", "Place"),
    "interwar": ("Avenue", "Road", "Crescent", "Grove", "Gardens", "Drive"),
    "postwar": ("Close", "Way", "Drive", "Road", "Green", "Walk"),
    "modern": ("Close", "Mews", "Drive", "Rise", "View", "Lane"),
    "industrial": ("Way", "Road"),
}


def street_names(seed: int, streets: list[Street]) -> list[str]:
    """A name for each street: those of the plan as they stand, others by the age of their district, each used once."""
    rng = rng_for(seed, "names")
    used = {street.name for street in streets if street.name}
    pools = {era: list(dict.fromkeys(text.split())) for era, text in _ROOTS.items()}
    for pool in pools.values():
        rng.shuffle(pool)
    counters = dict.fromkeys(pools, 0)
    eras = {district.key: district.era for district in plan.DISTRICTS}
    names = []
    for street in streets:
        name = street.name
        era = eras.get(street.district, "")
        while not name:
            turn, at = divmod(counters[era], len(pools[era]))
            suffix = _SUFFIXES[era][(at + turn * 2 + (street.rank == 5)) % len(_SUFFIXES[era])]
            counters[era] += 1
            proposal = f"{pools[era][at]} {suffix}"
            name = "" if proposal in used else proposal
        used.add(name)
        names.append(name)
    return names
