"""Check a site: the form, the report as list and map, the base map, addresses, and the same as JSON."""
