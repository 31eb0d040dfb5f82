"""Readers of the formats in which people give a site boundary; used through `bopsgis.boundary` only."""
