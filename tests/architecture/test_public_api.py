"""What `import policy_match` offers changes only on purpose."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path

import pytest
from pydantic import BaseModel

import policy_match

SNAPSHOT = Path(__file__).parent / "public_api.txt"


def test_the_public_names_and_signatures_are_as_agreed(
    golden: Callable[[Path, str], None],
) -> None:
    golden(SNAPSHOT, "\n".join(described()) + "\n")


def test_each_exported_name_has_one_home() -> None:
    assert sorted(policy_match._HOMES) == [n for n in policy_match.__all__ if n != "__version__"]
    assert sorted(policy_match.__all__) == policy_match.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Mather'"):
        _ = policy_match.Mather


def test_dir_lists_what_can_be_asked_for() -> None:
    assert set(policy_match.__all__) <= set(dir(policy_match))


def described() -> Iterator[str]:
    for name in policy_match.__all__:
        thing = getattr(policy_match, name)
        if name == "__version__":
            yield "__version__: str"
        elif inspect.isclass(thing):
            yield f"class {name}{_bases(thing)}"
            yield from (f"    {line}" for line in _members(thing))
        elif inspect.isfunction(thing):
            yield f"def {name}{_signature(thing)}"
        else:
            yield f"{name}: type alias"


def _bases(cls: type) -> str:
    return f"({', '.join(base.__name__ for base in cls.__bases__)})"


def _members(cls: type) -> Iterator[str]:
    if issubclass(cls, Enum):
        yield from (f"{member.name} = {member.value!r}" for member in cls)
        return
    fields = cls.model_fields if issubclass(cls, BaseModel) else getattr(cls, "__annotations__", {})
    yield from (f"{name}: field" for name in fields if not name.startswith("_"))
    for name, value in sorted(vars(cls).items()):
        if name.startswith("_") or name in fields or name.startswith("model_"):
            continue
        if isinstance(value, property):
            yield f"{name}: property"
        elif isinstance(value, classmethod | staticmethod):
            yield f"{type(value).__name__} {name}{_signature(value.__func__)}"
        elif inspect.isfunction(value):
            yield f"def {name}{_signature(value)}"


def _signature(function: Callable[..., object]) -> str:
    """The signature as written; modules are left out of names, since Pythons differ in them."""
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", str(inspect.signature(function))).replace("'", "")
