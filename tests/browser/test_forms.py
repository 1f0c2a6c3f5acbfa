"""Pictures that fit: in every form and width no letter is small, cut, on another one or struck through by a wire."""

import random
import warnings

import pytest

from inversa import viz
from inversa.autograd import Value
from inversa.nn import MLP, NeuronNetwork
from inversa.viz.drawing.composition import Composition
from inversa.viz.output.svg import svg
from inversa.viz.tour import lecture_network

# Of every text its place, and which wires that are not its own meet it.
LOOK = """() => [...document.querySelectorAll('body > svg')].map(s => {
  const frame = s.getBoundingClientRect(), name = g => g.id.replace(/^inversa-\\w+-/, '');
  const inside = (t, r) => r.left <= t.left + 1 && r.right >= t.right - 1 && r.top <= t.top && r.bottom >= t.bottom;
  const texts = [...s.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => {
    const m = t.getScreenCTM(), size = parseFloat(getComputedStyle(t).fontSize) * m.a;
    const first = t.textContent.search(/\\S/), last = t.textContent.trimEnd().length - 1;
    const base = m.f + m.d * +t.getAttribute('y'), g = t.closest('g[id]');
    const found = { text: t.textContent.trim(), size, part: g ? name(g) : '',
      left: m.e + m.a * t.getStartPositionOfChar(first).x, right: m.e + m.a * t.getEndPositionOfChar(last).x,
      top: base - .7 * size, bottom: base + .05 * size };
    // What has a filled shape of its own behind it lies above the wires.
    const filled = g ? [...g.querySelectorAll('rect, circle')].filter(e => getComputedStyle(e).fill !== 'none') : [];
    found.covered = g && !g.matches('.frame, .label') && filled.some(e => inside(found, e.getBoundingClientRect()));
    return found;
  });
  const wires = [...s.querySelectorAll('g.arrow')].map(g => {
    const points = [];
    for (const path of g.querySelectorAll('path')) {
      const m = path.getScreenCTM();
      for (let l = path.getTotalLength(), d = 0; d <= l; d += 2.5) {
        const p = path.getPointAtLength(d);
        points.push([m.a * p.x + m.e, m.d * p.y + m.f]);
      }
    }
    return { name: name(g), points };
  });
  const found = [];
  for (const t of texts) {
    if (t.size < 8.99) found.push(['small', t.text, t.size]);
    if (t.left < frame.left - .5 || t.right > frame.right + .5 || t.top < frame.top || t.bottom > frame.bottom)
      found.push(['cut', t.text]);
    const met = ([x, y]) => x > t.left + .5 && x < t.right - .5 && y > t.top + .5 && y < t.bottom - .5;
    if (!t.covered) for (const w of wires)
      if (t.part.replace(/-l/, '-e') !== w.name && w.points.some(met)) found.push(['struck', t.text, t.part, w.name]);
  }
  texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > .5 && high > .5) found.push(['overlap', a.text, b.text]);
  }));
  return { texts: texts.length, wires: wires.length, found };
})"""


def looked_at(open_page, pictures):
    """What is wrong with pictures on a page, and how many texts and wires were looked at."""
    body = "\n".join(pictures)
    page = open_page(f'<!DOCTYPE html><html lang="en"><title>pictures</title><body>{body}</body></html>', width=1600)
    page.evaluate("document.fonts.ready.then(() => 1)")
    found = page.evaluate(LOOK)
    assert len(found) == len(pictures)
    return found


def test_what_is_wrong_is_found(open_page):
    wrong = (
        '<svg width="200" height="100"><g class="arrow" id="f-e1"><path d="M0 50H200" stroke="red"/></g>'
        '<g class="label" id="f-l1"><text x="50" y="54" font-size="12">own</text></g>'
        '<g class="label" id="f-l2"><text x="90" y="54" font-size="12">other</text></g>'
        '<text x="20" y="20" font-size="12">one</text><text x="24" y="20" font-size="12">two</text>'
        '<text x="20" y="90" font-size="8">small</text><text x="190" y="80" font-size="12">outside</text></svg>'
    )
    kinds = [found[0] for found in looked_at(open_page, [wrong])[0]["found"]]
    assert sorted(kinds) == ["cut", "overlap", "small", "struck"]


LECTURE, _ = lecture_network()
KINDS = {
    "lecture": lambda: viz.draw(LECTURE, [0.5], [0.88], loss="squared_error", view="both"),
    "wide": lambda: viz.draw(
        NeuronNetwork([3, 2, 2], activation="tanh", seed=1), [0.5, -1.0, 2.0], [1.0, 0.0], loss="mse", view="both"
    ),
    "circles": lambda: viz.draw(
        MLP([3, 4, 4, 2], activation="tanh", seed=0), [0.5, -1.0, 2.0], [1.0, 0.0], loss="mse", view="both"
    ),
    "many": lambda: viz.draw(MLP([12, 20, 3], activation="relu", seed=0), [0.1] * 12, [1.0, 0.0, 0.0], loss="mse"),
    "cards": lambda: viz.draw(LECTURE, [0.5], [0.88], loss="squared_error", view="both", detail="op"),
    "chain": lambda: viz.draw(
        MLP([2, 8, 8, 8, 8, 1], activation="tanh", seed=0), [[0.5, -1.0], [1.0, 2.0]], [[1.0], [0.0]],
        loss="mse", view="both", detail="layer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_form(open_page, kind, lang):
    figure = KINDS[kind]()
    forms = list(figure._drawing.translated(lang).forms)
    assert len(forms) >= 3
    pictures = [svg(Composition(form, figure._views, beside=form.upright)) for form in forms]
    for form, found in zip(forms, looked_at(open_page, pictures), strict=True):
        assert found["texts"] > 10
        assert found["found"] == [], form


@pytest.mark.parametrize("width", [1600, 1100, 900, 740, 500, 390])
def test_the_lecture_fits_every_page(open_page, width):
    for view in ("forward", "both"):
        figure = viz.draw(LECTURE, [0.5], [0.88], loss="squared_error", view=view, width=width)
        assert figure.width <= width
        (found,) = looked_at(open_page, [figure.svg()])
        assert found["found"] == []


def test_slides(open_page):
    figure = viz.draw(LECTURE, [0.5], [0.88], loss="squared_error", view="both", width=1280, height=720)
    assert figure.width <= 1280
    assert figure.height <= 720
    page = open_page(figure.html(), width=1280, height=720)
    assert page.evaluate("document.documentElement.scrollHeight <= 720 && document.body.scrollWidth <= 1280")


def drawn(seed):
    """A random network, drawn from a random side for a page of a random width."""
    some = random.Random(seed)
    kind = some.choice(["network", "network", "network", "layers", "graph"])
    options = {
        "view": some.choice(["forward", "inverse", "both"]),
        "lang": some.choice(["en", "es"]),
        "width": some.choice([None, 1280, 950, 740, 390]),
        "digits": some.choice([2, 4]),
    }
    if kind == "graph":
        numbers = [some.uniform(-2, 2) * 10 ** some.randint(-9, 5) for _ in range(some.randint(2, 6))]
        leaves = [Value(number, name=f"w{i}") for i, number in enumerate(numbers)]
        nodes = list(leaves)
        for _ in range(some.randint(2, 9)):
            operation = some.choice([Value.__add__, Value.__mul__, Value.__sub__, lambda a, b: (a * b).tanh()])
            nodes.append(operation(some.choice(nodes), some.choice(nodes)))
        total = nodes[-1]
        for leaf in leaves:
            total = total + leaf
        total = (total * 1.5).named("J")
        total.backward()
        return viz.draw(total, **options)
    sizes = [some.randint(1, 4) for _ in range(some.randint(2, 4))]
    model = MLP(sizes, activation=some.choice(["tanh", "relu", "sigmoid"]), seed=seed)
    for parameter in model.parameters():
        parameter.data = parameter.data * 10.0 ** some.randint(-4, 2)
    x, y = [some.uniform(-2, 2) for _ in range(sizes[0])], [some.uniform(-2, 2) for _ in range(sizes[-1])]
    if kind == "layers":
        return viz.draw(model, [x, x], [y, y], loss="mse", **options)
    if some.random() < 0.2 and options["view"] == "forward":
        return viz.draw(model, x, **options)
    return viz.draw(model, x, y, loss="mse", **options)


@pytest.mark.parametrize("part", [*range(3), *(pytest.param(part, marks=pytest.mark.long) for part in range(3, 10))])
def test_random_networks(open_page, part):
    seeds = range(20 * part, 20 * part + 20)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "this picture needs")  # and is looked at all the same
        pictures = [drawn(seed).svg() for seed in seeds]
    wrong = {}
    for seed, found in zip(seeds, looked_at(open_page, pictures), strict=True):
        assert found["texts"] > 4
        if found["found"]:
            wrong[seed] = found["found"][:4]
    assert wrong == {}
