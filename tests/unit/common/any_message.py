"""Any message of a type, from its annotations."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from poise_common.contracts.message import Message

_TIMES = st.integers(min_value=0, max_value=2**40).map(
    lambda milliseconds: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**9), max_value=10**9),
    str: st.text(max_size=8),
    datetime: _TIMES,
    AwareDatetime: _TIMES,
}


def messages_of(message_type: type[Message]) -> st.SearchStrategy[Any]:
    """Draw messages of a type; a tier is one of the desk's, and a hedge ratio above zero."""
    return _of(message_type)


def _of(annotation: Any) -> st.SearchStrategy[Any]:
    if annotation in _LEAVES:
        return _LEAVES[annotation]
    if isinstance(annotation, type):
        return _of_class(annotation)
    return _of_generic(annotation)


def _of_class(annotation: Any) -> st.SearchStrategy[Any]:
    if issubclass(annotation, BaseModel):
        return st.builds(annotation, **{name: _field(name, field) for name, field in annotation.model_fields.items()})
    if issubclass(annotation, tuple):
        hints = get_type_hints(annotation)
        return st.builds(annotation, *(_of(hints[name]) for name in hints))
    if is_dataclass(annotation):
        hints = get_type_hints(annotation)
        made: Any = annotation
        return st.builds(made, **{field.name: _of(hints[field.name]) for field in fields(annotation)})
    return st.from_type(annotation)


def _of_generic(annotation: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, Final):
        return _of(arguments[0])
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(_of(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(_of(argument) for argument in arguments))
    if origin is dict:
        return st.dictionaries(_of(arguments[0]), _of(arguments[1]), max_size=2)
    if arguments and type(None) in arguments:
        return st.one_of(st.none(), *(_of(argument) for argument in arguments if argument is not type(None)))
    return st.from_type(annotation)


def _field(name: str, field: Any) -> st.SearchStrategy[Any]:
    if name == "hedge_ratio":
        return st.decimals(places=8, min_value=Decimal("1e-8"), max_value=10**9)
    return st.sampled_from((1, 2, 3)) if name == "tier" and field.annotation is int else _of(field.annotation)
