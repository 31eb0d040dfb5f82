"""Drawing: how land and constraints become tiles. A library: no web, no database, no network, no clock."""
