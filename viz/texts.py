"""Every word, number and name that pictures print, in English and Spanish."""

from __future__ import annotations

import math
import re
from typing import Any

from inversa.autograd.language import LANGUAGES as LANGUAGES
from inversa.autograd.texts import printable as printable

DASH = "—"  # where there is no gradient yet: never 0

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "forward": "Forward graph: values flow {way}",
        "inverse": "Inverse network: ∂{J} flows {way}",
        "forward legend": "Bold: value.",
        "array legend": "Bold: value, or an array's shape and norm ‖·‖.",
        "gradient legend": "Below it: ∂{J}/∂(value).",
        "array gradient legend": "Below it: ∂{J}/∂(value), or its norm.",
        "norm legend": "Below it: ∂{J}, or its norm where it is of many numbers; θ: parameters, ·: outputs of a box.",
        "derivative legend": "∂ on an arrow: local derivative; where there is none it is 1.",
        "label legend": "∂ on an arrow: local derivative.",
        "inverse legend": "The same boxes, the same wires, every arrow reversed.",
        "gains legend": "What a wire brings is its gain × what enters it.",
        "shown": "{total} nodes in {shown} boxes.",
        "or": " or ",
        "stale": "OUT OF DATE: {names} changed after the forward pass; run it again.",
        "accumulated": "Gradients of several backward passes have added up: zero_grad() forgets them.",
        "loss": "loss",
        "loss function": "loss function L",
        "inverse layer": "inverse layer",
        "data": "data: not trained",
        "constant": "constant: no gradient",
        "operations": "{n} operations",
        "operation": "1 operation",
        "parameters": "{n} parameters",
        "parameter": "1 parameter",
        "inputs": "{n} inputs",
        "input": "1 input",
        "elements": "{n} boxes",
        "element": "1 box",
        "arrows": "{n} arrows",
        "arrow": "1 arrow",
        "neurons": "{n} neurons",
        "neuron": "1 neuron",
        "weights": "{n} weights",
        "weight": "1 weight",
        "forward description": "Operation graph of {J}: {boxes}, {arrows}.",
        "inverse description": "Inverse network of {J}: the same {boxes} and {arrows}, "
        "every arrow reversed; fed with 1 at {J}, it gives all gradients.",
        "and more": "and {n} more",
        "read step": "Read the input {name}",
        "inputs step": "Read the inputs",
        "branch step": "Branching point: {name} goes to {n} neurons",
        "weight step": "Weighted input of {neuron}",
        "sum step": "Sum of the inputs of {neuron}",
        "activation step": "Activation of {neuron}",
        "neuron step": "Run {neuron}",
        "join step": "Softmax: the outputs depend on all sums",
        "loss step": "Loss: compare with the target",
        "unit step": "Reverse: put 1 where {J} was",
        "loss derivative step": "The loss becomes its derivative",
        "slope step": "{neuron}: the activation becomes ψ′",
        "point step": "{neuron}: the sum becomes a branching point",
        "bias step": "{neuron}: the bias becomes a constant output",
        "double step": "{neuron}: double weighted output",
        "outputs step": "Branching point becomes a sum: all that comes back to {name}",
        "inverse neuron step": "Run {neuron}: δ and the gradients of its weights",
        "inverse join step": "The softmax sends back through its derivatives",
        "arrives step": "All that comes back to {name}",
        "network": "The network",
        "inverse network": "The inverse network",
        "left to right": "left to right",
        "right to left": "right to left",
        "top to bottom": "top to bottom",
        "bottom to top": "bottom to top",
        "row by row": ", row by row",
        "network legend": "{sizes} network. Signals flow {way}.",
        "inverse network legend": "Same places, same weights. Every signal runs {way} and is "
        "a derivative of {J}.",
        "penalty legend": "∂{J}/∂w is what flows back and the derivative of the penalty in L.",
        "inverse circles legend": "Same places. Every signal runs {way} and is a derivative of {J}.",
        "kept legend": "Blue numbers are remembered from the forward pass.",
        "weights legend": "Wires of weights: width |w|, solid positive, dashed negative.",
        "weight gradients legend": "Wires of weights: width |∂{J}/∂w|, solid positive, dashed negative.",
        "nan legend": "Dotted: no number (nan).",
        "all shown": "{shown} of {total} neurons and {weights} of {all} weights shown.",
        "more neurons": "{n} more",
        "input layer": "input",
        "hidden layer": "hidden",
        "output layer": "output",
        "inverse of": "inverse {layer}",
        "inverse of any": "inverse: {layer}",
        "network description": "Network {sizes}: {inputs}, {neurons}, {weights}.",
        "inverse network description": "Inverse network of {sizes}: the same {neurons} and {weights}, "
        "every wire reversed; fed with 1 at {J}, it gives all gradients.",
        "spread": "least {least}, median {median}, greatest {greatest}",
    },
    "es": {
        "forward": "Grafo directo: los valores fluyen {way}",
        "inverse": "Red inversa: ∂{J} fluye {way}",
        "forward legend": "Negrita: valor.",
        "array legend": "Negrita: valor, o forma de un array y su norma ‖·‖.",
        "gradient legend": "Debajo: ∂{J}/∂(valor).",
        "array gradient legend": "Debajo: ∂{J}/∂(valor), o su norma.",
        "norm legend": "Debajo: ∂{J}, o su norma si es de muchos números; θ: parámetros, ·: salidas de una caja.",
        "derivative legend": "∂ en una flecha: derivada local; donde no figura es 1.",
        "label legend": "∂ en una flecha: derivada local.",
        "inverse legend": "Los mismos elementos, los mismos cables, cada flecha invertida.",
        "gains legend": "Un cable trae su ganancia × lo que entra en él.",
        "shown": "{total} nodos en {shown} cajas.",
        "or": " o ",
        "stale": "ANTICUADO: {names} cambió después de la pasada hacia delante; repítala.",
        "accumulated": "Se han sumado los gradientes de varias pasadas hacia atrás: zero_grad() los olvida.",
        "loss": "pérdida",
        "loss function": "función de pérdida L",
        "inverse layer": "capa inversa",
        "data": "dato: no se entrena",
        "constant": "constante: sin gradiente",
        "operations": "{n} operaciones",
        "operation": "1 operación",
        "parameters": "{n} parámetros",
        "parameter": "1 parámetro",
        "inputs": "{n} entradas",
        "input": "1 entrada",
        "elements": "{n} elementos",
        "element": "1 elemento",
        "arrows": "{n} flechas",
        "arrow": "1 flecha",
        "neurons": "{n} neuronas",
        "neuron": "1 neurona",
        "weights": "{n} pesos",
        "weight": "1 peso",
        "forward description": "Grafo de operaciones de {J}: {boxes}, {arrows}.",
        "inverse description": "Red inversa de {J}: los mismos {boxes} y {arrows}, "
        "cada flecha invertida; alimentada con 1 en {J}, da todos los gradientes.",
        "and more": "y {n} más",
        "read step": "Leer la entrada {name}",
        "inputs step": "Leer las entradas",
        "branch step": "Punto de bifurcación: {name} va a {n} neuronas",
        "weight step": "Entrada ponderada de {neuron}",
        "sum step": "Suma de entradas de {neuron}",
        "activation step": "Activación de {neuron}",
        "neuron step": "Calcular {neuron}",
        "join step": "Softmax: las salidas dependen de todas las sumas",
        "loss step": "Pérdida: comparar con el objetivo",
        "unit step": "Invertir: poner 1 donde estaba {J}",
        "loss derivative step": "La pérdida pasa a ser su derivada",
        "slope step": "{neuron}: la activación pasa a ser ψ′",
        "point step": "{neuron}: la suma pasa a ser un punto de bifurcación",
        "bias step": "{neuron}: el sesgo pasa a ser una salida constante",
        "double step": "{neuron}: salida ponderada doble",
        "outputs step": "El punto de bifurcación pasa a ser una suma: todo lo que vuelve a {name}",
        "inverse neuron step": "Calcular {neuron}: δ y los gradientes de sus pesos",
        "inverse join step": "La softmax devuelve a través de sus derivadas",
        "arrives step": "Todo lo que vuelve a {name}",
        "network": "La red",
        "inverse network": "La red inversa",
        "left to right": "de izquierda a derecha",
        "right to left": "de derecha a izquierda",
        "top to bottom": "de arriba abajo",
        "bottom to top": "de abajo arriba",
        "row by row": ", fila por fila",
        "network legend": "Red {sizes}. Las señales van {way}.",
        "inverse network legend": "Mismos lugares, mismos pesos. Cada señal va {way} y "
        "es una derivada de {J}.",
        "penalty legend": "∂{J}/∂w es lo que vuelve más la derivada de la penalización en L.",
        "inverse circles legend": "Mismos lugares. Cada señal va {way} y es una derivada de {J}.",
        "kept legend": "Los números azules se recuerdan de la pasada hacia delante.",
        "weights legend": "Cables de pesos: grosor |w|, continuo positivo, discontinuo negativo.",
        "weight gradients legend": "Cables de pesos: grosor |∂{J}/∂w|, continuo positivo, discontinuo negativo.",
        "nan legend": "Punteado: ningún número (nan).",
        "all shown": "Se muestran {shown} de {total} neuronas y {weights} de {all} pesos.",
        "more neurons": "{n} más",
        "input layer": "entrada",
        "hidden layer": "oculta",
        "output layer": "salida",
        "inverse of": "{layer} inversa",
        "inverse of any": "inversa: {layer}",
        "network description": "Red {sizes}: {inputs}, {neurons}, {weights}.",
        "inverse network description": "Red inversa de {sizes}: la misma red con {neurons} y {weights}, "
        "cada cable invertido; alimentada con 1 en {J}, da todos los gradientes.",
        "spread": "mínimo {least}, mediana {median}, máximo {greatest}",
    },
}  # fmt: skip


def say(key: str, lang: str, **values: Any) -> str:
    """A sentence in a language, its blanks filled in.

    >>> say("shown", "es", shown=count(41), total=count(3122))
    '3 122 nodos en 41 cajas.'
    """
    text = _WORDS[lang][key]
    for name, value in values.items():  # not str.format: a value may hold braces
        text = text.replace("{" + name + "}", str(value))
    return text


def way(view: str, upright: bool, lang: str) -> str:
    """Which way the signals of a view flow.

    >>> way("forward", False, "en"), way("inverse", True, "es")
    ('left to right', 'de abajo arriba')
    """
    ends = ("top", "bottom") if upright else ("left", "right")
    start, end = ends if view == "forward" else ends[::-1]
    return say(f"{start} to {end}", lang)


# What `inversa.nn` calls the parts of its networks and its losses: pictures in Spanish translate these, and no others.
_TITLE = re.compile(r"(hidden|output) (layer|neuron)( \d+)?(?:\.neuron(| \d+))?")
_LOSSES = {
    "squared_error": "error cuadrático",
    "mean_squared_error": "error cuadrático medio",
    "half_squared_error": "½ error cuadrático",
    "half_mean_squared_error": "½ error cuadrático medio",
    "absolute_error": "error absoluto",
    "huber": "Huber",
    "cross_entropy": "entropía cruzada",
    "binary_cross_entropy": "entropía cruzada binaria",
    "binary_cross_entropy_of_probabilities": "entropía cruzada binaria",
    "multilabel_cross_entropy": "entropía cruzada",
    "hinge": "bisagra",
}


def translated(title: str, lang: str, inverse: bool = False) -> str:
    """The title of a layer or neuron of `inversa.nn` in another language; any other title as it is.

    >>> translated("hidden neuron 1", "es"), translated("output layer", "es"), translated("my layer", "es")
    ('neurona oculta 1', 'capa de salida', 'my layer')
    >>> translated("hidden layer 2 (3)", "es"), translated("my layer (linear)", "es")
    ('capa oculta 2 (3)', 'my layer (linear)')
    >>> translated("hidden layer 2.neuron 3", "en"), translated("hidden layer 2.neuron", "es")
    ('neuron 3 of hidden layer 2', 'neurona de la capa oculta 2')
    """
    title, _, call = title.partition(" (")  # which call of the module it is
    if call:
        return f"{translated(title, lang, inverse)} ({call}"
    match = _TITLE.fullmatch(title)
    if match is None:
        return title
    where, what, number = (part or "" for part in match.groups()[:3])
    neuron = match[4]  # its number, empty for the only one of its layer; None for a layer
    if lang == "en":
        layer = f"{where} {what}{number}"
        return f"{'inverse ' if inverse else ''}{layer if neuron is None else f'neuron{neuron} of {layer}'}"
    kind = "oculta" if where == "hidden" else "de salida"
    dual = " inversa" if inverse else ""
    if neuron is not None:
        return f"neurona{dual}{neuron} de la capa {kind}{number}"
    return f"{'neurona' if what == 'neuron' else 'capa'}{dual} {kind}{number}"


def inverted(title: str, lang: str) -> str:
    """What the inverse of a neuron or layer is called.

    >>> inverted("hidden neuron 1", "en"), inverted("output neuron", "es"), inverted("mine", "en")
    ('inverse hidden neuron 1', 'neurona inversa de salida', 'inverse: mine')
    """
    if not title or _TITLE.fullmatch(title.partition(" (")[0]):
        return translated(title, lang, inverse=True)
    return say("inverse of any", lang, layer=title)


# What activation functions are called; those that are not here have one name in both languages.
_ACTIVATIONS = {"step": "escalón", "identity": "identidad", "sigmoid": "sigmoide"}


def activation_name(name: str, lang: str) -> str:
    """What an activation function is called.

    >>> activation_name("sigmoid", "es"), activation_name("tanh", "es")
    ('sigmoide', 'tanh')
    """
    return _ACTIVATIONS.get(name, name) if lang == "es" else name


def loss_name(name: str, lang: str) -> str:
    """What a loss is called.

    >>> loss_name("mean_squared_error", "en"), loss_name("mean_squared_error", "es")
    ('mean squared error', 'error cuadrático medio')
    """
    return _LOSSES.get(name, name) if lang == "es" else name.replace("_", " ")


def counted(noun: str, n: int, lang: str) -> str:
    """A number of things.

    >>> counted("parameter", 1, "en"), counted("parameter", 1200, "es")
    ('1 parameter', '1 200 parámetros')
    """
    return say(noun, lang) if n == 1 else say(noun + "s", lang, n=count(n))


def count(n: int) -> str:
    """A whole number, its thousands set apart."""
    return f"{n:,}".replace(",", " ")


def number(x: float, digits: int = 4) -> str:
    """A number as pictures print it: with a true minus sign, and never a zero that is none.

    >>> number(-0.00398), number(-0.0), number(-1e-9), number(2.5e12, digits=2)
    ('−0.0040', '0.0000', '−1.0000·10⁻⁹', '2.50·10¹²')
    """
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    if x == 0 or (10.0**-digits <= abs(x) < 10.0**6):
        return f"{abs(x):.{digits}f}" if x == 0 else _minus(f"{x:.{digits}f}")
    mantissa, exponent = f"{x:.{digits}e}".split("e")
    return f"{_minus(mantissa)}·10{_raised(str(int(exponent)))}"


def short(x: float) -> str:
    """A constant as expressions print it, to be read as one factor: with six digits at most, in parentheses if need be.

    >>> short(0.5), short(-1e-5), short(1.5e8), short(math.inf)
    ('0.5', '−10⁻⁵', '(1.5·10⁸)', '∞')
    """
    if x == 0 or not math.isfinite(x):
        return number(x, 0)
    mantissa, e, exponent = f"{x:.6g}".partition("e")
    if not e:
        return _minus(mantissa)
    power = f"10{_raised(str(int(exponent)))}"
    return _minus(mantissa[:-1]) + power if mantissa in ("1", "-1") else f"({_minus(mantissa)}·{power})"


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _raised(digits: str) -> str:
    return digits.translate(str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def size(shape: tuple[int, ...]) -> str:
    """A shape: ``4×3``."""
    return "×".join(map(count, shape))


_INDEXED = re.compile(r"([A-Za-zΑ-ωÀ-ÿ]+)_?(\d{1,4})(?:_(\d{1,4}))?")


def subscripted(name: str) -> str:
    """A name with its simple index set low; any other name as it is.

    Of two indices the first is the layer's, which the lectures write high: w2_12 is w₁₂⁽²⁾.

    >>> subscripted("w1"), subscripted("w2_12"), subscripted("b_11"), subscripted("hidden.0")
    ('w₁', 'w₁₂⁽²⁾', 'b₁₁', 'hidden.0')
    """
    match = _INDEXED.fullmatch(name)
    if match is None:
        return name
    letters, first, second = match.groups()
    low = (second or first).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    return f"{letters}{low}⁽{_raised(first)}⁾" if second else letters + low
