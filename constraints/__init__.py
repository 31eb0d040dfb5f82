"""What lies on a site, what does not, and what is not known. A library: no web, no database, no network, no clock."""
