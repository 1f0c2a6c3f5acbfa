"""Fingerprints: what tells the settings, data and model of a training from others, to be kept in a checkpoint."""

from __future__ import annotations

import json
import zlib
from dataclasses import fields, is_dataclass
from functools import partial
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.autograd.ops.held import to_numpy
from inversa.autograd.ops.namespace import is_foreign
from inversa.nn.training.blocks import is_dask

if TYPE_CHECKING:
    from inversa.nn.training.model import Model


def fingerprint(setting: Any) -> Any:
    """What tells a setting from others, in a form that JSON keeps: arrays, random states and code as checksums.

    Examples
    --------
    >>> from inversa.nn.training.fingerprint import fingerprint
    >>> fingerprint({"rate": 0.1, "shuffle": True})
    {'rate': 0.1, 'shuffle': True}
    >>> fingerprint(lambda x: x + 1) == fingerprint(lambda x: x + 2)
    False
    """
    if is_dask(setting):
        import dask

        return list(dask.compute(*map(dask.delayed(fingerprint), setting.to_delayed().ravel())))  # of every block
    if is_foreign(setting):
        setting = to_numpy(setting)  # the same numbers are the same setting, in whatever library
    if isinstance(setting, np.ndarray):
        return [str(setting.dtype), list(setting.shape), zlib.crc32(np.ascontiguousarray(setting).view(np.uint8).data)]
    if isinstance(setting, np.generic):
        return setting.item()
    if isinstance(setting, np.random.Generator):
        return zlib.crc32(json.dumps(setting.bit_generator.state, default=np.ndarray.tolist).encode())
    if isinstance(setting, (list, tuple)):
        return [fingerprint(part) for part in setting]
    if isinstance(setting, dict):
        return {name: fingerprint(part) for name, part in setting.items()}
    if isinstance(setting, (bool, int, float, str)) or setting is None:
        return setting
    if isinstance(setting, FunctionType):
        return _of_function(setting)
    if isinstance(setting, partial):
        return fingerprint(["partial", setting.func, setting.args, setting.keywords])
    if is_dataclass(setting) and not isinstance(setting, type):
        text = repr(setting)
        if " at 0x" not in text:
            return text
        return [type(setting).__qualname__, *(fingerprint(getattr(setting, part.name)) for part in fields(setting))]
    return getattr(setting, "__qualname__", None) or getattr(setting, "__name__", type(setting).__qualname__)


def described(model: Model) -> list[list[Any]]:
    """The parts of a model: path, class, what ``repr`` says of it, and its functions, such as an activation.

    Examples
    --------
    >>> from inversa.nn import MLP
    >>> from inversa.nn.training.fingerprint import described
    >>> described(MLP([2, 1]))
    [['', 'MLP', ''], ['layers.0', 'Dense', '2, 1, identity', ['identity', ...
    """
    return [
        [path, type(part).__qualname__, part.extra_repr(), *_functions(vars(part))]
        for path, part in model.named_modules()
    ]


def _functions(attributes: dict[str, Any]) -> list[Any]:
    members = [x for value in attributes.values() for x in (value if isinstance(value, (list, tuple)) else [value])]
    # the modules among them are parts of the model, and described by themselves
    return [fingerprint(x) for x in members if callable(x) and not hasattr(x, "named_parameters")]


def _of_function(function: FunctionType) -> list[Any]:
    """Its name, and a checksum of its code, defaults and what it closes over: lambdas all have one name."""
    inner = [_inside(cell) for cell in function.__closure__ or ()]
    return [
        function.__qualname__,
        _checksum(function.__code__),
        fingerprint([function.__defaults__, function.__kwdefaults__]),
        # a function in there may close over this one again: its code must do
        [_checksum(x.__code__) if isinstance(x, FunctionType) else fingerprint(x) for x in inner],
    ]


def _checksum(code: CodeType) -> int:
    return zlib.crc32(repr(_of_code(code)).encode())


def _of_code(code: CodeType) -> tuple[Any, ...]:
    constants = [_of_code(c) if isinstance(c, CodeType) else _in_order(c) for c in code.co_consts]
    return code.co_code, code.co_names, constants


def _in_order(constant: Any) -> Any:
    return sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant  # else in another one each time


def _inside(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty: its variable has no value yet
        return None
