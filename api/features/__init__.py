"""OGC API - Features over the constraint datasets and the public cases: pages, filters and downloads."""
