"""The page of the playground: what stands in it before its scripts run, and what they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from inversa.autograd.languages import texts
from inversa.autograd.languages._language import Language, Texts
from inversa.viz.lettering import theme
from inversa.viz.pages.page import ICONS, SIGN, button, page, series, source
from inversa.viz.playing.choices import choices
from inversa.viz.playing.table import Table
from inversa.viz.playing.templates import templates

PACKAGE = "inversa.viz.playing"
STYLES = ("page.css",)
OWN_STYLES = ("playing.css", "network.css", "panels.css", "screens.css")
SHARED = ("page.js", "numbers.js", "typed.js", "engine.js", "slots.js", "paint.js", "loss_curve.js", "samples.js",
          "plane.js", "line.js", "stepping.js")  # fmt: skip
ENGINE = ("arrays.js", "chance.js", "datasets.js", "config.js", "model.js", "editing.js", "exports.js")
SCRIPTS = ("setup.js", "table.js", "machine.js", "names.js", "formula.js", "stage.js", "maps.js", "answers.js",
           "curves.js", "past.js", "walk.js", "weights.js", "training.js", "controls.js", "exporting.js",
           "start.js")  # fmt: skip
KINDS = ("moons", "circles", "spirals", "xor", "blobs", "regression")
MOST_HIDDEN = 6  # layers, as in web/setup.js
FACED = "δψ∂Jxwzahbyα⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾₀₁₂₃₄₅₆₇₈₉"  # what the script writes in names
SAID = ("⌂↶↷⇄×–−+·→←↑①②③④⑤⑥⑦⑧′‖λ" + FACED, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
STEPS = ("inputs step", "weight step", "sum step", "activation step", "loss step", "unit step",
         "loss derivative step", "slope step", "point step", "double step", "outputs step", "network",
         "inverse network")  # fmt: skip
RESTART = "M9 3a6 6 0 1 1-5.7 4.2l1.9.6A4 4 0 1 0 9 5v3L4.500 4 9 0z"


def playground_html(
    setup: Mapping[str, Any],
    given: Table | None,
    numbers: list[dict[str, Any]],
    lang: str,
    title: str,
    colours: theme.Theme,
) -> str:
    """The page.

    Parameters
    ----------
    setup : mapping
        The settings that it begins with, by the keys of ``web/setup.js``.
    given : Table or None
        Points of the reader's own.
    numbers : list of dict
        The weights and biases that it begins with, and which are held, as `models.numbers_of` gives them.
    """
    language = texts(lang)
    words = {**language.playground, **{key: language.picture[key] for key in STEPS}, "epoch": language.page["epoch"]}
    kinds = [*KINDS, *(["given"] if given else []), "own"]
    data = {
        "words": {**words, "rules": language.rules},
        "templates": templates(),
        "choices": {**choices(), "names": _names(language)},
        "kinds": kinds,
        "given": given,
        "setup": dict(setup),
        "numbers": numbers,
        "layers": [list(_layers(language, inverse)) for inverse in (False, True)],
        "neurons": [list(_layers(language, inverse, " {n}")) for inverse in (False, True)],
        "shades": len(theme.SERIES["print" if colours == "print" else "light"]),
        "range": [-1, 1, -1, 1],
        "threshold": 0.5,
    }
    style = source(*STYLES) + source(*OWN_STYLES, package=PACKAGE) + series(colours)
    script = source(*SHARED) + source(*ENGINE, *SCRIPTS, package=PACKAGE)
    users = [*given["classes"], *given["names"]] if given else []
    shown = [*words.values(), *users, *(name for pair in language.rules for name in pair), *SAID]
    shown = [*map(escape, shown), f'<i class="serif-italic">{FACED}</i>']
    return page(title, lang, colours, style, _body(language, title), script, data, shown)


def _layers(language: Language, inverse: bool, neuron: str | None = None) -> Iterable[str]:
    """The name of the output layer, and then those of the hidden ones."""
    yield language.part("output", "layer", "", neuron, inverse)
    yield from (language.part("hidden", "layer", f" {k + 1}", neuron, inverse) for k in range(MOST_HIDDEN))


def _names(language: Language) -> dict[str, str]:
    """What stands in menus for the names of data, activations, losses, optimisers, penalties and initial values."""
    found = choices()
    losses = {name for names in found["losses"].values() for name in names}
    own = (*found["optimizers"], *found["penalties"], *found["inits"], *KINDS, "given", "own", "suited")
    known = {**language.losses, **language.activations, **language.playground}
    return {name: known.get(name, name.replace("_", " ")) for name in (*losses, *found["outputs"], *own)}


# The parts of the page.


def _body(language: Language, title: str) -> str:
    words = {key: escape(text) for key, text in language.playground.items()}
    epoch = escape(language.page["epoch"])
    return (
        f'<header><h1>{escape(title)}</h1><div class="bar">{_transport(words)}</div>'
        f'<div id="now"><span>{epoch} <b id="epochs">0</b></span>'
        f'<span>{words["loss"]} <b id="lossnow">0.0000</b></span>'
        f'<span>{words["test loss"]} <b id="testnow">—</b></span></div></header>\n'
        f'<main><div id="middle"><section class="card" id="stagecard" aria-label="{words["stage"]}">'
        '<h2><span id="samplebar">'
        f"{_small('previoussample', words['previous'], '‹')}{_small('nextsample', words['next'], '›')}"
        '<span id="sample"></span></span>'
        f'<select id="shows" aria-label="{words["shows"]}" title="{words["shows"]}">'
        f'<option value="weights">w, ∂J/∂w</option><option value="signals">w · a, w · δ</option></select></h2>'
        f'<div id="stage" tabindex="0" role="group" aria-label="{words["stage"]}"><div id="board"></div></div>'
        '<small id="shown"></small>'
        "</section>"
        f'<section class="card" id="formula" tabindex="0" aria-live="polite" aria-label="{words["formula"]}">'
        '<h2><span id="told"></span><span id="rules"></span></h2><div id="lines"></div></section></div>'
        f'<div id="right"><section class="card"><h2>{words["answers"]}</h2><div id="plane"></div>'
        f'<ul id="legend"></ul></section>'
        f'<section class="card"><h2>{words["loss"]} <small id="testline">– – {words["test loss"]}</small></h2>'
        '<div id="losscurve"></div></section>'
        f'<section class="card"><h2>{words["depth"]}</h2><div id="depth"></div></section></div>'
        f'{_settings(words)}</main>\n{_dialogs(words)}<div id="say" role="status" hidden></div>'
        '<div id="live" class="spoken" aria-live="polite"></div>'
        f"<noscript>{words['no script']}</noscript>"
    )


def _transport(words: Texts) -> str:
    signs = {"restart": SIGN.format(RESTART), "epoch": words["epoch button"], "flip": f"⇄ {words['flip button']}"}
    signs |= {key: SIGN.format(ICONS[key]) for key in ("back", "play", "next")} | {"undo": "↶", "redo": "↷"}
    keys = ("restart", "play", "epoch", "back", "next", "flip", "undo", "redo")
    buttons = "".join(button(key, words[f"b {key}"], signs[key], key in ("play", "flip")) for key in keys)
    return f'{buttons}<button id="save" popovertarget="saving">{words["save"]} …</button>'


def _settings(words: Texts) -> str:
    def field(key: str, wide: bool = False) -> str:
        kind = ' class="wide"' if wide else ""
        attributes = 'type="text" inputmode="decimal" autocomplete="off" spellcheck="false"'
        return f'<label{kind}>{words[f"f {key}"]}<input id="{key}" {attributes}></label>'

    def menu(key: str, wide: bool = False) -> str:
        kind = ' class="wide"' if wide else ""
        return f'<label{kind}>{words[f"f {key}"]}<select id="{key}"></select></label>'

    return (
        f'<form class="card" id="settings" autocomplete="off"><fieldset><legend>{words["data"]}</legend>'
        f'<div class="fields">{menu("kind", True)}{field("count")}{field("noise")}{field("dataSeed")}{field("test")}'
        f'</div><div class="bar" style="margin-top:5px">'
        f'<button type="button" class="small" id="draw" aria-pressed="false" title="{words["draw about"]}">'
        f'{words["draw"]}</button><button type="button" class="small" id="paste">{words["paste"]}</button></div>'
        f'<div class="bar" id="drawtools" hidden style="margin-top:5px"><select id="pen" aria-label="{words["pen"]}" '
        f'style="flex:1"></select><button type="button" class="small" id="clear">{words["clear"]}</button></div>'
        f'</fieldset><fieldset><legend>{words["the network"]}</legend><div id="layers"></div>'
        f'<button type="button" class="small" id="addlayer">+ {words["add"]}</button></fieldset>'
        f'<fieldset><legend>{words["training"]}</legend><div class="fields">{menu("loss", True)}{menu("optimizer")}'
        f"{field('rate')}{field('batch')}{field('seed')}{menu('penalty')}{field('strength')}{menu('init', True)}"
        "</div></fieldset></form>"
    )


def _dialogs(words: Texts) -> str:
    kinds = ("page", "player", "python", "safetensors")
    saves = "".join(f'<button id="save-{key}">{words[f"save {key}"]}</button>' for key in kinds)
    return (
        f'<dialog id="weights" aria-labelledby="weightstitle"><form id="weightsform" novalidate>'
        f'<h2 id="weightstitle"></h2><div id="weightrows"></div><p class="error" id="weighterror" role="alert"></p>'
        f'<div class="bar"><button type="submit">{words["take"]}</button>'
        f'<button type="button" id="weightscancel">{words["cancel"]}</button></div></form></dialog>\n'
        f'<dialog id="pasting" aria-labelledby="pastetitle"><form id="pasteform" novalidate>'
        f'<h2 id="pastetitle">{words["paste title"]}</h2><p>{words["paste about"]}</p>'
        f'<textarea id="pasted" aria-labelledby="pastetitle" spellcheck="false"></textarea>'
        f'<p><label>{words["file"]} <input type="file" id="file" accept=".csv,.tsv,.txt,text/csv"></label></p>'
        f'<p class="error" id="pasteerror" role="alert"></p><div class="bar">'
        f'<button type="submit">{words["take"]}</button>'
        f'<button type="button" id="pastecancel">{words["cancel"]}</button></div></form></dialog>\n'
        f'<div id="saving" popover role="dialog" aria-label="{words["save"]}">{saves}'
        f'<button id="copylink">{words["copy link"]}</button></div>\n'
    )


def _small(key: str, label: str, sign: str) -> str:
    return f'<button type="button" class="small" id="{key}" aria-label="{label}" title="{label}">{sign}</button>'
