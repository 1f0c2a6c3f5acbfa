"""The picture of a head of attention: its numbers are those of the engine, and nothing lies over anything else."""

import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import combinations, pairwise

import array_api_strict
import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Tensor
from inversa.nn import Linear, MultiHeadAttention, losses
from inversa.nn.attention import attention
from inversa.viz.neurons.sheet import overlap

SVG = "{http://www.w3.org/2000/svg}"
TOKENS = np.array([[1.0, 0.2], [0.1, 0.9], [0.8, -0.6]])
LONG = np.random.default_rng(0).normal(size=(7, 4))


def layer(size=2, heads=1, **options):
    return MultiHeadAttention(size, heads, seed=1, **options)


@cache
def drawn(case, lang="en", **options):
    """One picture of each kind, of both views."""
    options = {"loss": "mse", "view": "both", "lang": lang} | options
    match case:
        case "self":
            return viz.draw(layer(), TOKENS, [0.2, 0.5], query=3, **options)
        case "no bias":
            return viz.draw(layer(bias=False), TOKENS, [0.2, 0.5], query=1, **options)
        case "causal":
            return viz.draw(layer(4, 2, causal=True), LONG[:4], LONG[:4], query=3, head=2, **options)
        case "cross":
            return viz.draw(layer(), (TOKENS[:2], TOKENS), [0.2, 0.5], query=2, **options)
        case "plain":
            return viz.draw(attention, tuple(LONG[:3, k : k + 2] for k in range(3)), [0.2, 0.5], query=2, **options)
        case "one":
            return viz.draw(layer(), TOKENS[:1], [0.2, 0.5], query=1, **options)
        case "many":
            return viz.draw(layer(4, causal=True), LONG, LONG, query=6, **options)


CASES = ["self", "no bias", "causal", "cross", "plain", "one", "many"]


def read_back(figure):
    """The numbers on every part, the widths of its rectangles and the thickness of its lines."""
    found = {}
    for group in ET.fromstring(figure.svg()).iter(f"{SVG}g"):
        if name := re.fullmatch(r".*?-([fi]-.+)", group.get("id") or ""):
            text = " ".join("".join(each.itertext()) for each in group.iter(f"{SVG}text"))
            bars = [(float(r.get("width")), "f-paper" in r.get("class")) for r in group.iter(f"{SVG}rect")]
            lines = [(float(p.get("stroke-width")), p.get("stroke-dasharray", "")) for p in group.iter(f"{SVG}path")
                     if p.get("stroke-width") and "s-group" not in p.get("class")]  # fmt: skip
            found[name[1]] = numbers(text), bars, lines
    return found


def numbers(text):
    """Those in a text, with their powers of ten."""
    powers = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    found = re.finditer(r"(-?\d+\.\d+)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?", text.replace("−", "-"))
    return [float(m[1]) * 10.0 ** int((m[2] or "0").translate(powers)) for m in found]


def test_scores_weights_and_what_comes_back_are_the_engines():
    q, k, v = (Tensor(rows, requires_grad=True) for rows in (TOKENS[:1], LONG[:3, :2], LONG[:3, 2:]))
    figure = viz.draw(attention, (q, k, v), [[0.2, 0.5]], loss="mse", query=1, view="both", digits=12)
    head, seen = figure._drawing.head, read_back(figure)
    s = q @ k.T / 2**0.5
    a = s.softmax()
    J = losses.mean_squared_error(a @ v, [[0.2, 0.5]])
    flows = J.inverse().run()
    assert seen[f"f-n{head.cost}"][0] == pytest.approx([J.item()], abs=1e-12)
    for j, token in enumerate(head.tokens):
        for node, box in ((s, token.score), (a, token.weight)):
            assert seen[f"f-t{box}"][0] == pytest.approx([node.numpy()[0, j]], abs=1e-12)
            assert seen[f"i-t{box}"][0] == pytest.approx([flows[node][0, j]], abs=1e-12)
        shown = [a.numpy()[0, j], flows[s][0, j]]
        assert seen[f"i-u{token.weight}"][0] == pytest.approx(shown, abs=1e-12)
        for node, box in ((k, token.key), (v, token.value)):
            assert seen[f"i-n{box}"][0] == pytest.approx(flows[node][j], abs=1e-9)  # entries have fewer decimals
    shares, back, slopes = (
        np.array([seen[f"{view}-t{getattr(token, part)}"][0][0] for token in head.tokens])
        for view, part in (("f", "weight"), ("i", "weight"), ("i", "score"))
    )
    assert sum(slopes) == pytest.approx(0, abs=2e-12)
    assert slopes == pytest.approx(shares * (back - shares @ back), abs=2e-12)  # as is written below the bars
    texts = [
        "".join(span.text for row in e.lines for span in row.left) for e in figure._drawing.sheet("inverse").elements
    ]
    assert "× aⱼ (∂J/∂aⱼ − Σₖ aₖ ∂J/∂aₖ)" in texts


def test_bars_and_wires_show_the_numbers():
    figure = drawn("self", digits=12)
    head, seen = figure._drawing.head, read_back(figure)
    boxes = {box.number: box for box in figure._drawing.picture.boxes}
    slopes = [boxes[token.score].flow for token in head.tokens]
    assert abs(sum(slopes)) < 1e-12 < max(map(abs, slopes))
    largest = max(map(abs, slopes))
    for token, slope in zip(head.tokens, slopes, strict=True):
        share = boxes[token.weight].value
        track = seen[f"f-r{token.weight}-0"][1][0][0]
        assert seen[f"f-r{token.weight}"][1] == [(pytest.approx(track * share, abs=0.01), False)]
        assert seen[f"i-r{token.weight}"][1] == [(pytest.approx(track / 2 * abs(slope) / largest, abs=0.01), slope < 0)]
        wire = seen[f"f-e{head.shares}-{token.product}"][2][0]
        assert wire == (pytest.approx(1.2 + 5 * share, abs=0.01), "")


@pytest.mark.parametrize("heads", [1, 2])
def test_gradients_of_the_matrices_are_the_layers(heads):
    model, x, y = layer(4, heads, causal=True), LONG[:3], LONG[6]
    figure = viz.draw(model, x, y, loss="mse", query=3, head=heads, view="both", digits=12)
    head, seen = figure._drawing.head, read_back(figure)
    losses.mean_squared_error(model(x)[2:], y[None]).backward()
    rows = model.in_proj_weight.grad.reshape(3, heads, -1, 4)[:, -1]
    for matrix, gradient in zip(head.matrices.values(), rows, strict=True):
        assert seen[f"i-n{matrix.box}"][0][0] == pytest.approx(np.linalg.norm(gradient), abs=1e-12)
    k, width = head.matrices["K"], 4 // heads
    for token in head.tokens:  # what it contributes is ∂J/∂k xᵀ
        sent = seen[f"i-lj{k.box}-{token.number}-{token.key}"][0][0]
        came = np.linalg.norm(seen[f"i-n{token.key}"][0]) * np.linalg.norm(x[token.number - 1])
        assert sent == pytest.approx(came, abs=1e-8 if width == 2 else 1e-11)
    joined = np.linalg.norm(model.out_proj.weight.grad[:, -width:])
    assert seen[f"i-n{head.joined}"][0][-1] == pytest.approx(joined, abs=1e-12)


def test_of_a_loss_of_all_tokens_each_query_shows_its_own_part():
    q, k, v = (Tensor(LONG[:3, i : i + 2], requires_grad=True) for i in range(3))
    y = LONG[3:6, :2]
    J = losses.mean_squared_error(attention(q, k, v, causal=True), y)
    J.backward()
    total = np.zeros((3, 2))
    for query in (1, 2, 3):
        given = {"query": q, "key": k, "value": v, "causal": True}
        figure = viz.draw(attention, given, y, loss="mse", query=query, view="inverse", digits=12)
        head, seen = figure._drawing.head, read_back(figure)
        total += [seen[f"i-n{token.key}"][0] for token in head.tokens]
        boxes = {box.number: box for box in figure._drawing.picture.boxes}
        assert boxes[head.cost].value == pytest.approx(J.item(), abs=1e-12)
        assert seen[f"i-n{head.query}"][0] == pytest.approx(q.grad[query - 1], abs=1e-9)
    np.testing.assert_allclose(total, k.grad, atol=1e-9)


def test_what_is_masked_is_cut():
    figure = drawn("causal")
    head, seen = figure._drawing.head, read_back(figure)
    assert [token.hidden for token in head.tokens] == [False, False, False, True]
    last = head.tokens[-1]
    for view in "fi":
        assert f"{view}-c{last.score}" in seen
        assert seen[f"{view}-e{last.score}-{head.shares}"][2] == [(1.6, "1 5")]  # dotted, without a head
        assert f"{view}-r{last.weight}" not in seen  # no bar
    assert seen[f"i-n{last.key}"][0] == seen[f"i-n{last.value}"][0] == [0, 0]
    masked = {"query": TOKENS, "attn_mask": [[False, True, False]] * 3}
    hidden = viz.draw(layer(), masked, query=1)._drawing.head.tokens
    assert [token.hidden for token in hidden] == [False, True, False]
    numeric = {"query": TOKENS, "attn_mask": [[0.0, -np.inf, 0.0]] * 3, "key_padding_mask": [False, False, True]}
    assert [token.hidden for token in viz.draw(layer(), numeric, query=1)._drawing.head.tokens] == [False, True, True]


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("case", CASES)
def test_nothing_overlaps_and_twins_have_the_same_places(case, lang):
    figure = drawn(case, lang)
    assert figure.width <= 1300
    sheets = [figure._drawing.sheet(view) for view in ("forward", "inverse")]
    places = [{e.name: (e.x, e.y) for e in sheet.elements if e.form not in ("bar", "label", "dot", "joint", "point")}
              for sheet in sheets]  # fmt: skip
    assert places[0].items() <= places[1].items() | {(k, v) for k, v in places[0].items() if k not in places[1]}
    for sheet in sheets:
        labels = [link.label for link in sheet.links if link.label is not None]
        solid = [e for e in (*sheet.elements, *labels) if e.form not in ("frame", "panel", "bar", "dot", "joint")]
        for e in solid:
            assert min(e.box[:2]) >= 0
            assert e.box[2] <= sheet.width
            assert e.box[3] <= sheet.height
            assert max((row.width for row in e.lines), default=0) <= e.width + 0.01, e.name
        for a, b in combinations(solid, 2):
            assert not overlap(a.box, b.box, 0.0), (a.name, b.name)
        for link in sheet.links:
            for e in solid:
                if e.name not in (link.source, link.target):
                    assert not any(inside(point, e.box) for point in along(link.points)), (link.name, e.name)


def along(points):
    """Points on a wire, whose curves lie within their control points."""
    for (x, y), (u, v) in pairwise(points):
        yield from ((x + (u - x) * t, y + (v - y) * t) for t in np.linspace(0, 1, 12))


def inside(point, box):
    return box[0] + 1 < point[0] < box[2] - 1 and box[1] + 1 < point[1] < box[3] - 1


def test_a_narrow_page_has_a_picture_without_the_matrices():
    assert drawn("self").fitted(1100).width <= 1100 < drawn("self").width
    assert "not drawn" in drawn("self").fitted(1100).svg()


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "tex", "tikz", "dot", "mmd", "html"])
def test_every_format(suffix, tmp_path):
    assert drawn("self").render(tmp_path / f"head.{suffix}").stat().st_size > 1000


def test_hidden_numbers_stand_nowhere():
    open_one, figure = drawn("self"), drawn("self", hide="gradients")
    number = read_back(open_one)[f"i-t{open_one._drawing.head.tokens[0].score}"][0][0]
    text = f"{number:.4f}".replace("-", "−")
    for shown in (open_one.svg(), open_one.alt_text(), open_one.source):
        assert text in shown
    for shown in (figure.svg(), figure.alt_text(), figure.source):
        assert text not in shown
    assert figure.width == open_one.width
    sheet = figure._drawing.sheet("inverse")
    assert {link.thickness for link in sheet.links} == {1.2, 1.6}  # which say nothing
    assert not any(e.form == "bar" and e.width > 1 for e in sheet.elements)


def test_without_a_target_there_is_no_inverse():
    assert viz.draw(layer(), TOKENS, query=1).view == "forward"
    assert viz.draw(attention, (TOKENS, TOKENS, TOKENS), query=1).view == "forward"
    with pytest.raises(ValueError, match="what the output is compared with"):
        viz.draw(layer(), TOKENS, query=1, view="inverse")


def test_arrays_of_other_libraries_have_the_same_numbers():
    model = layer(4, 2, causal=True)
    ours = viz.draw(model, LONG[:3].tolist(), [0.1] * 4, loss="mse", query=3, view="both")
    theirs = viz.draw(model.to(array_api_strict), LONG[:3].tolist(), [0.1] * 4, loss="mse", query=3, view="both")
    assert read_back(theirs) == read_back(ours)
    assert "array_api_strict" in theirs.svg()


def test_tooltips_call_things_by_their_names():
    tips = {e.title for e in drawn("causal")._drawing.sheet("forward").elements if e.title}
    assert not [tip for tip in tips if re.search("v[₅-₉]|v₁[₀-₉]", tip)]  # which nodes without a name are called
    assert any(tip.startswith("a₁ v₁ = a₁ · v₁") for tip in tips)


def test_descriptions_say_the_weights():
    assert "a₁ = 0." in drawn("self").alt_text()
    assert "cabeza de atención" in drawn("self").alt_text("es")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: viz.draw(Linear(2, 1), TOKENS, query=1), "query goes with a layer of attention"),
        (lambda: viz.draw(layer(), TOKENS, head=1), "head goes with query"),
        (lambda: viz.draw(layer(), query=1), "draw attention with what it looks at"),
        (lambda: viz.draw(layer(), TOKENS, query=4), "query is one of 1 to 3"),
        (lambda: viz.draw(layer(), TOKENS, query=0), "query is"),
        (lambda: viz.draw(layer(), TOKENS, query=1, head=2), "head is one of 1 to 1"),
        (lambda: viz.draw(layer(), TOKENS[[0] * 13], query=1), "room for 12 tokens"),
        (lambda: viz.draw(layer(), np.zeros((2, 3, 2)), query=1), "one sequence"),
        (lambda: viz.draw(layer(), TOKENS, query=1, loss="mse"), "a loss compares with a target"),
        (lambda: viz.draw(layer(), TOKENS, [0.1, 0.2], query=1), "say what compares"),
        (lambda: viz.draw(layer(dropout=0.5), TOKENS, query=1), "call layer.eval"),
        (lambda: viz.draw(layer(), (TOKENS, TOKENS, -TOKENS), query=1), "no other value than key"),
        (lambda: viz.draw(layer(), {"query": TOKENS, "attn_mask": np.ones((3, 3))}, query=1), "masks that hide"),
        (lambda: viz.draw(layer(), {"query": TOKENS, "mask": None}, query=1), "what attention is called with"),
        (lambda: viz.draw(attention, (TOKENS, TOKENS), query=1), "what attention is called with"),
        (lambda: viz.draw(attention, (TOKENS, TOKENS[:, :1], TOKENS), query=1), "as many numbers as a query"),
        (
            lambda: viz.draw(layer(), {"query": TOKENS, "attn_mask": [[True, False]]}, query=1),
            "attn_mask has the shape",
        ),
        (lambda: viz.draw(layer(), TOKENS, [[0.1, 0.2]], query=1, loss="mse"), "cannot be compared"),
        (lambda: viz.draw(layer(), TOKENS, query=1, detail="op"), "detail, depth, blocks and data"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong, message):
    with pytest.raises((ValueError, TypeError), match=message):
        wrong()
