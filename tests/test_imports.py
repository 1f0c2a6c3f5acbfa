"""Imports point one way only, in a circle never, and importing the scalar engine stays cheap.

The order is read from the source (ast), so that lazy imports are seen as well as those that happen to run.
Imports under `if TYPE_CHECKING:` are left out: they serve annotations and do not happen at run time.
"""

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("autograd", "nn", "viz")

# From the bottom up: a module may import from its own layer and from those above it in this list.
# "name.*" is a subpackage with all its modules. The modules directly in autograd/ are named one by one:
# adding one means deciding where it belongs.
LAYERS = (
    ("autograd.lazy", "autograd.freeing"),
    ("autograd.checks", "autograd.printing", "autograd.files", "autograd.receiving", "autograd.numpy_reasons"),
    ("autograd.languages.*",),
    ("autograd.kernels.*",),
    ("autograd.ops.*",),
    ("autograd.linalg", "autograd.fft", "autograd.special", "autograd.stats"),
    (
        "autograd.mode",
        "autograd.anomaly",
        "autograd.numpy_protocol",
        "autograd.elementwise",
        "autograd.node",
        "autograd.value",
        "autograd.versions",
        "autograd.methods",
        "autograd.tensor",
    ),
    (
        "autograd.choosing",
        "autograd.trees",
        "autograd.graph",
        "autograd.inverse",
        "autograd.transforms.*",
        "autograd.checking",
    ),
    ("autograd.compiling.cures",),
    ("autograd.compiling.errors",),
    ("autograd.batched",),
    ("autograd.batching",),
    ("autograd.compiling.surroundings", "autograd.compiling.results", "autograd.compiling.pool"),
    ("autograd.compiling.guards",),
    ("autograd.compiling.arguments",),
    ("autograd.compiling.call", "autograd.compiling.traced"),
    ("autograd.compiling.scalar.*",),
    ("autograd.compiling.arrays.*",),
    ("autograd.compiling.entries.*",),
    ("autograd.compiling.*",),
    ("autograd",),  # the package's __init__.py, which gathers the public names
    (
        "nn.checks",
        "nn.init",
        "nn.lookalikes",
        "nn.matching",
        "nn.parameter",
        "nn.penalties",
        "nn.sampling",
        "nn.saving",
    ),
    ("nn.data.*",),
    ("nn.augment", "nn.metrics"),
    ("nn.losses.*",),
    ("nn.optim.*",),
    ("nn.schedules",),
    ("nn.training.*", "nn.summary"),
    ("nn.module",),  # which offers training, so that stands below it and knows a model by its protocol
    ("nn.activations", "nn.bayes", "nn.dropout", "nn.embedding", "nn.normalisation"),
    ("nn.batch_norm", "nn.layers", "nn.neurons"),
    ("nn.attention", "nn.recurrent.*"),
    ("nn.transformer",),
    ("nn.convolution", "nn.maxout", "nn.mlp", "nn.perceptron"),
    ("nn.pooling", "nn.transposed"),
    ("nn.architecture",),
    ("nn._load",),
    ("nn.estimators.*",),
    ("nn.interchange.*",),
    ("nn",),
    ("viz.lettering.*",),
    ("viz.picture.*",),
    ("viz.rules.*",),
    ("viz.drawing.*",),
    ("viz.cards.*",),
    ("viz.neurons.*",),
    ("viz.recurrent.*",),
    ("viz.heads.*",),
    ("viz.output.*",),
    ("viz.pages.page",),
    ("viz.livepage.library", "viz.livepage.runtime"),
    ("viz._figure",),
    ("viz.plots.*",),
    ("viz.pages.*",),
    ("viz._draw", "viz._draw_dot"),
    ("viz._player", "viz._playback"),
    ("viz.widget.*",),
    ("viz._live",),
    ("viz.playing.chance", "viz.playing.tracing", "viz.playing.table", "viz.playing"),
    ("viz.playing.templates",),
    ("viz.playing.choices", "viz.playing.models", "viz.playing.trained"),
    ("viz.playing.page",),
    ("viz._playground",),
    ("viz.slides.markdown", "viz.slides.outputs", "viz.slides.pictures"),
    ("viz.slides.notebooks",),
    ("viz.slides.deck",),
    ("viz.slides.beamer", "viz.slides.reveal", "viz.slides.typeset"),
    ("viz.slides.saving", "viz.slides"),
    ("viz.exercises.entries", "viz.exercises.rounding", "viz.exercises.writing"),
    ("viz.exercises.cells",),
    ("viz.exercises.networks", "viz.exercises.ringed", "viz.exercises.running"),
    ("viz.exercises.equations", "viz.exercises.searching"),
    ("viz.exercises.choosing", "viz.exercises.solution", "viz.exercises.alternatives", "viz.exercises.messages"),
    ("viz.exercises.diagnosis",),
    ("viz.exercises.sheet",),
    ("viz.exercises._exercise",),
    ("viz.exercises.exports.paper", "viz.exercises.exports"),
    ("viz.exercises.exports.questions", "viz.exercises.exports.page", "viz.exercises.exports.pdf"),
    ("viz.exercises.exports.gift", "viz.exercises.exports.moodle"),
    ("viz.exercises._exam",),
    ("viz.exercises",),
    ("viz.answers",),
    ("viz.examiner.child.naming", "viz.examiner.child"),  # a program of its own: its imports are relative
    ("viz.examiner.child.engine",),
    ("viz.examiner.child.running",),
    ("viz.examiner.child.protocol",),
    ("viz.examiner.programs",),
    ("viz.examiner.probes", "viz.examiner.process"),
    ("viz.examiner.evidence",),
    ("viz.examiner.fault",),
    ("viz.examiner.whole", "viz.examiner.single", "viz.examiner.walk", "viz.examiner.sentences"),
    ("viz.examiner.causes", "viz.examiner.departure"),
    ("viz.examiner.report",),
    ("viz.examiner.examination",),
    ("viz.examiner", "viz.examiner.plugin"),
    ("viz.livepage.examples", "viz.livepage.writing"),
    ("viz.livepage.page",),
    ("viz._live_page",),
    ("viz.command.console", "viz.command"),
    ("viz.tour",),
    ("viz.command.*",),
    ("viz.*",),  # with what runs in live pages, and uses the package as their readers do
)


class Import(NamedTuple):
    target: str  # in full, as imported: "inversa.nn" or "inversa.autograd.node.Node"
    line: int
    in_function: bool
    relative: bool


def module_name(path: Path) -> str:
    """`autograd/ops/linalg.py` -> `autograd.ops.linalg`, `nn/__init__.py` -> `nn`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def layer_of(module: str) -> int:
    """The index of the module's layer; the test fails if it has none."""
    packages = [".".join(module.split(".")[:length]) + ".*" for length in range(1, module.count(".") + 2)]
    for index, patterns in enumerate(LAYERS):
        if not {module, *packages}.isdisjoint(patterns):
            return index
    pytest.fail(f"{MODULES[module]} is in no layer: add {module!r} to LAYERS in {__file__}")


def imports(tree: ast.AST, in_function: bool = False) -> Iterator[Import]:
    """First-party imports of a module, wherever they stand."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                for statement in node.orelse:
                    yield from imports(ast.Module([statement], []), in_function)
                continue
            case ast.Import():
                found = [(alias.name, False) for alias in node.names]
            case ast.ImportFrom(level=0):
                found = [(f"{node.module}.{alias.name}", False) for alias in node.names]
            case ast.ImportFrom():
                found = [("." * node.level + (node.module or ""), True)]
            case _:
                found = []
        for target, relative in found:
            if relative or target.split(".")[0] in ("inversa", *PACKAGES):
                yield Import(target, node.lineno, in_function, relative)
        inside = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from imports(node, inside)


def resolved(module: str, found: Import) -> Import:
    """A relative import with its target in full."""
    above = module.split(".")[: -(len(found.target) - len(found.target.lstrip("."))) or None]
    return found._replace(target=".".join(["inversa", *above, found.target.lstrip(".")])) if found.relative else found


IMPORTS = {
    module: [resolved(module, found) for found in imports(ast.parse(path.read_text("utf-8")))]
    for module, path in MODULES.items()
}


def imported_module(target: str) -> str:
    """The module of ours that `target` is, or is a name of."""
    name = target.removeprefix("inversa.")
    while name not in MODULES:
        assert "." in name, f"no module of ours: {target}"
        name = name.rpartition(".")[0]
    return name


def places(wrong: Iterator[tuple[str, Import]]) -> str:
    return "".join(f"\n  {MODULES[module]}:{found.line} imports {found.target}" for module, found in wrong)


def all_imports() -> Iterator[tuple[str, Import]]:
    return ((module, found) for module, all_found in IMPORTS.items() for found in all_found)


def test_modules_are_found() -> None:
    assert set(PACKAGES) <= set(MODULES)


def test_every_module_has_a_layer() -> None:
    for module in MODULES:
        layer_of(module)


def test_imports_are_absolute_and_under_inversa() -> None:
    absolute = (pair for pair in all_imports() if not pair[0].startswith("viz.examiner.child."))
    wrong = places(pair for pair in absolute if pair[1].relative or not pair[1].target.startswith("inversa."))
    assert not wrong, "write `from inversa.… import …`:" + wrong


def test_no_first_party_import_inside_a_function() -> None:
    wrong = places(pair for pair in all_imports() if pair[1].in_function)
    assert not wrong, "move to the top of the file:" + wrong


def test_imports_point_downwards() -> None:
    wrong = places(
        (module, found) for module, found in all_imports() if layer_of(imported_module(found.target)) > layer_of(module)
    )
    assert not wrong, "from a higher layer:" + wrong


def test_no_circle() -> None:
    edges = {
        module: {imported_module(found.target) for found in all_found} - {module}
        for module, all_found in IMPORTS.items()
    }
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        pytest.fail("circle: " + " <- ".join(error.args[1]))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_name_hides_a_module(package: str) -> None:
    """Whichever of the two is imported last would take the name."""
    found = importlib.import_module(f"inversa.{package}")
    names = [name for name in found.__all__ if f"{package}.{name}" in MODULES]
    assert [name for name in names if not inspect.ismodule(getattr(found, name))] == []


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import inversa", {"inversa.autograd", "inversa.nn", "inversa.viz", "importlib.metadata"}),
        ("from inversa import Value", {"numpy", "numba", "graphviz", "matplotlib", "inversa.nn", "inversa.viz"}),
        (
            "from inversa.autograd import Value",
            {"numpy", "scipy", "numba", "graphviz", "matplotlib", "inversa.autograd.special"},
        ),
        ("from inversa.autograd.special import erfc; erfc(1.0)", {"numpy", "scipy", "numba"}),
        ("from inversa import exercises; e = exercises.exercise(); e.check(e.answers)", {"numpy", "numba"}),
        ("import inversa.viz", {"inversa.viz.exercises", "inversa.viz.examiner", "inversa.viz.slides", "difflib"}),
        ("import inversa.nn", {"numba", "sklearn", "matplotlib", "http.client", "ssl"}),
    ],
)
def test_what_is_not_needed_is_not_imported(statement: str, heavy: set[str]) -> None:
    program = f"import sys; {statement}; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_function_has_the_name_of_a_module(package):
    """Importing the module would put it in the function's place."""
    hidden = [
        name
        for name in importlib.import_module(f"inversa.{package}").__all__
        if f"{package}.{name}" in MODULES
        and not isinstance(getattr(importlib.import_module(f"inversa.{package}"), name), ModuleType)
    ]
    assert hidden == []
