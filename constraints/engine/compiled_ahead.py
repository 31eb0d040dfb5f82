"""Asking the processor for memory before it is used. Import this only through `compiled`.

What is known of a site lies scattered over hundreds of megabytes. Waiting for one line of memory after the other
took most of the time; asked for ahead, for many sites at once, the lines come side by side.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["ask"]

_tools: Any = cgutils
"""Numba gives no types for its tools of writing code."""
_TO_READ, _KEEP_LONG, _DATA = 0, 3, 1
"""What LLVM's `prefetch` is told: what for, how long to keep it near, that it is no code."""


def _prefetch(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Write out the call of LLVM's `prefetch`: it changes nothing but the time that reading takes."""
    array = signature.args[0]
    view = context.make_array(array)(context, builder, arguments[0])
    place = [arguments[1], *[context.get_constant(types.intp, 0)] * (array.ndim - 1)]
    there = _tools.get_item_pointer(context, builder, array, view, place, wraparound=False)
    pointer, whole = _tools.voidptr_t, _tools.int32_t
    code = _tools.ir.FunctionType(_tools.ir.VoidType(), [pointer, whole, whole, whole])
    prefetch = builder.module.declare_intrinsic("llvm.prefetch", (pointer,), code)
    builder.call(prefetch, [builder.bitcast(there, pointer), whole(_TO_READ), whole(_KEEP_LONG), whole(_DATA)])
    return context.get_dummy_value()


def _ask(_typing: Any, array: Any, _row: Any) -> Any:
    return types.void(array, types.intp), _prefetch


ask: Any = intrinsic(_ask)
"""`ask(array, row)` asks for the line of memory in which a row begins; a row that is not there does no harm."""
