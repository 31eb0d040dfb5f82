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
    publicity,
    review,
    validation,
)
from api.core.incoming import single_valued

__all__ = ["router"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(single_valued)])
for _module in (overview, validation, fee, documents, constraints, publicity, consulting, comments, assessment, review):
    router.include_router(_module.router)
