"""What of the catalogue can be drawn: the datasets of which the store holds a feature."""

from __future__ import annotations

import numpy as np

from constraints.catalogue import datasets
from constraints.store import Store

__all__ = ["located_datasets"]


def located_datasets(store: Store) -> list[str]:
    """Datasets of the catalogue with a feature in the store, in the catalogue's order."""
    counts = np.bincount(store.feature_dataset, minlength=len(store.datasets))
    there = {slug for slug, count in zip(store.datasets, counts, strict=True) if count}
    return [slug for slug in datasets() if slug in there]
