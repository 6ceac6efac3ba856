"""Functions that Numba compiles when they are first called, once a machine."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar, cast

from numba import njit
from numba.core import types
from numba.extending import intrinsic

_Function = TypeVar("_Function", bound=Callable[..., object])
_Value = TypeVar("_Value")


def compiled(function: _Function) -> _Function:
    """
    Compile a function; the machine code is kept beside its file.

    Numba compiles one whose callers in compiled code give it constants once for each
    of these constants. Here they count as what they are of, so that once is enough.
    """
    loop: Any = njit(cache=True)(function)
    template_of = loop.get_call_template

    def plain(args: Iterable[types.Type], kws: Mapping[str, types.Type]) -> Any:
        named = zip(kws, map(types.unliteral, kws.values()), strict=True)
        return template_of(tuple(map(types.unliteral, args)), dict(named))

    loop.get_call_template = plain
    return cast(_Function, loop)


class _Lend(Protocol):
    """Gives what it is given."""

    def __call__(self, value: _Value, /) -> _Value: ...


def _lend(_context: Any, value: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _uncounted(context, builder, signature.args[0], arguments[0])

    return value(value), code


borrowed = cast(_Lend, intrinsic(_lend))
"""
Give arrays, or tuples of them, as they are, but without counting references.

Numba counts a reference to an array whenever it is taken out of a tuple, which is most
of the time of small functions. Only in compiled code, and only as long as the caller
holds the arrays.
"""


def _uncounted(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Take the owner out of each array; Numba does not count what has none."""
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = array.meminfo.type(None)
        array.parent = array.parent.type(None)
        return array._getvalue()  # noqa: SLF001 - Numba's own way to build a value
    if isinstance(kind, types.BaseTuple):
        parts = cast(Iterable[Any], kind)
        for place, part in enumerate(parts):
            item = builder.extract_value(value, place)
            item = _uncounted(context, builder, part, item)
            value = builder.insert_value(value, item, place)
    return value
