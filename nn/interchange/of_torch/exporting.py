"""From a module of PyTorch's to a `Program`: what torch.export sees of it, read into plain data."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.arrays import array_of, tensors
from inversa.nn.interchange.of_torch.program import Form, Length, Listing, Name, Program, Step, step_of

ROWS = 3  # samples of the export, unless the program depends on how many there are

INPUT, PARAMETER, BUFFER, CONSTANT = "USER_INPUT", "PARAMETER", "BUFFER", "CONSTANT_TENSOR"
WRITTEN = {
    "BUFFER_MUTATION": "a buffer, as BatchNorm does in training: switch it to eval() first",
    "PARAMETER_MUTATION": "a parameter",
    "USER_INPUT_MUTATION": "its input in place: write x = x + 1, not x += 1",
}


def exported(module: Any, example: Sequence[Any], known: Mapping[int, Any]) -> Program:
    """A module as a program.

    Parameters
    ----------
    module : torch.nn.Module
    example : sequence of array
    known : mapping from int to Parameter
        Ours for parameters of PyTorch's by their ``id``: tied weights are one of ours.

    Raises
    ------
    InterchangeError
        For what torch.export refuses, and for operators that there is no function for.
    """
    program = _exported(module, example, known, any_length=True)
    if program is None:  # it is for one number of samples
        program = _exported(module, example, known, any_length=False)
        assert program is not None
    return program


def _exported(module: Any, example: Sequence[Any], known: Mapping[int, Any], any_length: bool) -> Program | None:
    torch = sys.modules["torch"]
    name = type(module).__name__
    rows = [_of_length(x, ROWS) for x in example] if any_length else list(example)
    free = torch.export.Dim.AUTO
    shapes = tuple({0: free} if any_length and x.ndim else None for x in rows)
    try:
        with _quiet():
            seen = torch.export.export(module, tensors(rows, module), dynamic_shapes=shapes).run_decompositions()
    except Exception as error:
        if any_length and _fits(module, example) and not _fits(module, rows):
            return None
        raise InterchangeError(f"torch.export does not take {name}: {_shortened(error)}") from error
    for spec in seen.graph_signature.output_specs:
        if spec.kind.name in WRITTEN:
            raise InterchangeError(f"{name} changes {WRITTEN[spec.kind.name]}")
    try:
        return _read(module, seen, known, any_length)
    except InterchangeError as error:
        raise InterchangeError(f"{name} cannot be taken over: {error}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without torch.export's warnings and logs: what is wrong is said by the error."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _fits(module: Any, rows: Sequence[Any]) -> bool:
    """Whether a module takes this."""
    try:
        with sys.modules["torch"].no_grad():
            module(*tensors(rows, module))
    except Exception:
        return False
    return True


def _of_length(x: Any, rows: int) -> Any:
    return x[np.arange(rows) % len(x)] if x.ndim and len(x) else x


def _shortened(error: Exception) -> str:
    """The first sentence of a long error."""
    kind = type(error).__name__
    text = str(error).strip()
    if "data-dependent" in text.lower() or "DataDependent" in kind:
        return "what it computes depends on the numbers; write torch.where instead of if"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{kind}: {lines[0][:200]}" if lines else kind


def _read(module: Any, seen: Any, known: Mapping[int, Any], any_length: bool) -> Program | None:
    """What was seen as a program; None where it is for a certain number of samples after all."""
    specs = {spec.arg.name: spec for spec in seen.graph_signature.input_specs}
    arrays: dict[str, Any] = {**seen.state_dict, **seen.constants}
    originals = dict(module.named_parameters(remove_duplicate=False))
    inputs: dict[str, Form] = {}
    paths: dict[str, str] = {}
    constants: dict[str, Any] = {}
    steps: list[Step] = []
    outputs: Any = None
    for node in seen.graph.nodes:
        if node.op == "placeholder":
            spec = specs[node.name]
            kind = spec.kind.name
            if kind == INPUT:
                form = _form(node)
                if form is None:
                    raise InterchangeError(f"its input {node.name} is no array")
                inputs[node.name] = form
            elif kind == PARAMETER or (kind == BUFFER and spec.target in dict(module.named_buffers())):
                paths[node.name] = spec.target
            elif kind in (BUFFER, CONSTANT):
                constants[node.name] = array_of(arrays[spec.target])
            else:
                raise InterchangeError(f"{spec.target} is no array")
        elif node.op == "call_function":
            title = _title(node)
            steps.append(step_of(node.name, _name(node.target), *_arguments(node), title, _form(node)))
        elif node.op == "output":
            outputs = _argument(node.args[0])
        else:
            raise InterchangeError(f"the program has a {node.op} in it, which torch.export should not give")
    if any_length and not _lengths_are_free(inputs, seen.range_constraints):
        return None
    state: dict[str, Any] = {path: known[id(p)] for path, p in originals.items()}
    state |= {path: known[id(b)] for path, b in module.named_buffers(remove_duplicate=False) if id(b) in known}
    return Program(
        Listing(type(module).__name__, inputs, paths, constants, _needed(steps, outputs), _built(seen, outputs)), state
    )


def _lengths_are_free(inputs: Mapping[str, Form], ranges: Mapping[Any, Any]) -> bool:
    """Whether the first axis of each input that has one may be of any length from 2 on."""
    firsts = [form.shape[0] for form in inputs.values() if form.shape]
    bounds = {str(symbol): (int(r.lower), r.upper) for symbol, r in ranges.items()}
    return all(
        isinstance(n, str) and n.isidentifier() and bounds.get(n, (0, 0))[0] <= 2 and not _is_bounded(bounds.get(n))
        for n in firsts
    )


def _is_bounded(bounds: Any) -> bool:
    """Whether there is a largest length; PyTorch writes int_oo for none."""
    return bounds is not None and bool(re.fullmatch(r"\d+", str(bounds[1]))) and int(str(bounds[1])) < 2**31


def _needed(steps: Sequence[Step], outputs: Any) -> tuple[Step, ...]:
    """The steps that the outputs depend on, and those that insist on something."""
    wanted = set(_names((outputs,)))
    found = []
    for step in reversed(steps):
        if step.name in wanted or step.operator.startswith("_assert"):
            wanted.update(_names((step.args, step.kwargs)))
            found.append(step)
    return tuple(found[::-1])


def _names(x: Any) -> Iterator[str]:
    match x:
        case Name(name):
            yield name
        case list() | tuple():
            for entry in x:
                yield from _names(entry)
        case dict():
            for entry in x.values():
                yield from _names(entry)


def _name(target: Any) -> str:
    """What an operator is called in the table: ``add.Tensor``, ``relu``, ``python.mul``."""
    name = str(target)
    if name.startswith("aten."):
        return name.removeprefix("aten.").removesuffix(".default")
    bare = getattr(target, "__name__", name)
    return f"python.{bare}" if getattr(target, "__module__", "") in ("_operator", "operator", "torch") else bare


def _title(node: Any) -> str:
    """The path of the innermost module that computes this; empty for the whole."""
    stack = node.meta.get("nn_module_stack") or {}
    entries = [entry[0] for entry in stack.values() if isinstance(entry, tuple)]
    return re.sub(r"@\d+$", "", str(entries[-1])) if entries else ""


def _form(node: Any) -> Form | None:
    """The shape and the type that PyTorch says this has; None for what is no array."""
    value = node.meta.get("val")
    if not hasattr(value, "dtype") or not hasattr(value, "shape"):
        return None
    return Form(tuple(_length(n) for n in value.shape), _type(value.dtype))


def _length(n: Any) -> Length:
    return n if type(n) is int else str(n)


def _type(dtype: Any) -> str:
    """NumPy's name of a type of PyTorch's."""
    name = str(dtype).removeprefix("torch.")
    if name in ("bfloat16", "complex64", "complex128") or "float8" in name:
        raise InterchangeError(f"numbers of the type {name} are not supported: convert the module with .double()")
    return name


def _arguments(node: Any) -> tuple[Any, dict[str, Any]]:
    return tuple(_argument(x) for x in node.args), {key: _argument(x) for key, x in node.kwargs.items()}


def _argument(x: Any) -> Any:
    """An argument as data."""
    if x is None or isinstance(x, (bool, int, float, str)):
        return x
    if isinstance(x, (list, tuple)):
        entries = [_argument(entry) for entry in x]
        return tuple(entries) if isinstance(x, tuple) else entries
    if isinstance(x, Mapping):
        return {str(key): _argument(entry) for key, entry in x.items()}
    kind = type(x).__name__
    if kind == "Node":
        return Name(x.name)
    if kind == "dtype":
        return _type(x)
    if kind in ("layout", "device", "memory_format"):
        return str(x)
    raise InterchangeError(f"an argument is a {kind}")


def _built(seen: Any, outputs: Any) -> Any:
    """The outputs as the module gives them: one, or several in tuples, lists and dicts."""
    return _plain(seen.call_spec.out_spec.unflatten(list(outputs)))


def _plain(x: Any) -> Any:
    match x:
        case None | Name():
            return x
        case dict():
            return {str(key): _plain(entry) for key, entry in x.items()}
        case list():
            return [_plain(entry) for entry in x]
        case tuple():
            return tuple(_plain(entry) for entry in x)
    raise InterchangeError(f"it gives {type(x).__name__}, and no arrays in tuples, lists or dicts")
