"""Vector tiles of constraints, cases and the base map: their layers, their cache, their addresses."""
