"""All pages of casework, as one router."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.casework import (
    assessment,
    comments,
    constraints,
    consulting,
    documents,
    fee,
    overview,
    picking,
    publicity,
    review,
    validation,
)
from api.core.incoming import single_valued

__all__ = ["router"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(single_valued)])
_MODULES = (
    overview,
    validation,
    fee,
    documents,
    constraints,
    publicity,
    picking,
    consulting,
    comments,
    assessment,
    review,
)
for _module in _MODULES:
    router.include_router(_module.router)
