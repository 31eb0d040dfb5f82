"""The base map in the Ordnance Survey's addresses: theirs where there is a key, our own otherwise."""
