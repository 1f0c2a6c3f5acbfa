"""Slides in a real browser: everything fits, pictures flip in place, nothing is fetched."""

from dataclasses import replace
from io import BytesIO

import pypdf
import pytest

from inversa.viz.slides.deck import deck, table
from inversa.viz.slides.reveal import page as page_of

SCREEN = {"width": 1366, "height": 768, "still": True}
LEAST = 240  # pixels of a picture's height
SMALLEST = 12.0  # pixels of a letter
DECKS = [("001", "en"), ("003", "en"), *((name, "es") for name in table())]

# What leaves the slide, or does not show all that it holds; the height of the picture; the smallest letters.
FAULTS = """() => {
  const slide = document.querySelector("section.present .slide"), room = slide.getBoundingClientRect(), found = [];
  for (const each of slide.querySelectorAll("*")) {
    if (each.ownerSVGElement || !each.getClientRects().length) continue;
    const r = each.getBoundingClientRect(), said = each.tagName + " " + each.textContent.slice(0, 40);
    if (r.left < room.left - 1 || r.right > room.right + 1 || r.top < room.top - 1 || r.bottom > room.bottom + 1)
      found.push("outside: " + said);
    if (each.tagName !== "svg" && each.tagName !== "SPAN" && each.clientWidth
        && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 3))
      found.push("cut: " + said);
  }
  if (room.right > innerWidth + 1 || room.bottom > innerHeight + 1 || room.left < -1 || room.top < -1)
    found.push("the slide is larger than the screen");
  const words = slide.querySelector(".words"), answer = slide.querySelector(".answer");
  const below = words && answer && !slide.classList.contains("beside");
  if (below && words.getBoundingClientRect().bottom > answer.getBoundingClientRect().top + 1)
    found.push("words upon the picture");
  const frame = slide.querySelector(".frame");
  const own = each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  const scale = each => each.ownerSVGElement ? each.ownerSVGElement.getScreenCTM().a : room.height / slide.offsetHeight;
  const letters = [...slide.querySelectorAll("*")].filter(own)
    .map(each => parseFloat(getComputedStyle(each).fontSize) * scale(each));
  return {found, height: frame ? frame.getBoundingClientRect().height : null, letters: Math.min(...letters),
          where: document.querySelector("section.present :is(h1, h2)").textContent,
          slide: Reveal.getIndices().h,
          last: Reveal.isLastSlide() && !Reveal.availableFragments().next};
}"""


@pytest.fixture
def opened(open_page):
    """Open slides, and wait until they and their letters are there."""

    def open_it(html, anchor=""):
        page = open_page(html, anchor, **SCREEN)
        page.wait_for_selector("section.present", state="attached")
        page.evaluate("document.fonts.ready.then(() => true)")
        return page

    return open_it


@pytest.mark.parametrize(("name", "lang"), DECKS)
def test_every_slide_fits_a_lecture_room(opened, name, lang):
    made = deck(name, lang)
    page = opened(page_of(made))
    turns = 0
    letters = {}
    while True:
        state = page.evaluate(FAULTS)
        letters[state["slide"]] = state["letters"]
        assert state["found"] == [], state["where"]
        assert state["height"] is None or state["height"] > LEAST, state["where"]
        if state["last"]:
            break
        page.keyboard.press("ArrowRight")
        turns += 1
    assert turns == sum(len(slide.stages) for slide in made.slides)
    assert letters.pop(0) > SMALLEST
    for i, slide in enumerate(made.slides, start=1):
        following = made.slides[i].picture if i < len(made.slides) else None
        overview = slide.picture is not None and following is not None and following.views == slide.picture.views
        assert letters[i] >= SMALLEST or (overview and letters[i + 1] >= SMALLEST), (slide.title, letters[i])
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


@pytest.mark.parametrize("words", [200, 600])
def test_a_slide_that_is_too_full_would_be_noticed(opened, words):
    made = deck("000", "en")
    full = replace(made, slides=[replace(made.slides[0], text="word " * words)])
    page = opened(page_of(full), anchor="#/1")
    state = page.evaluate(FAULTS)
    assert state["height"] < LEAST
    assert words < 600 or any(fault.startswith("outside: ") for fault in state["found"])


def test_a_picture_flips_in_place_and_back(opened):
    made = deck("001", "en")
    index = next(i for i, slide in enumerate(made.slides, start=1) if 'view="both"' in slide.code)
    page = opened(page_of(made), anchor=f"#/{index}")

    def seen():
        """Whether each view is, and where its circle J lies."""
        return page.evaluate("""() => ["forward", "inverse"].map((view, i) => {
          const group = document.querySelectorAll("section.present .frame > svg > g")[i];
          const box = [...group.querySelectorAll("circle")].at(-1).getBoundingClientRect();
          return [getComputedStyle(group).visibility, Math.round(box.left), Math.round(box.top)];
        })""")

    forward, inverse = seen()
    assert (forward[0], inverse[0]) == ("visible", "hidden")
    assert forward[1:] == inverse[1:]
    page.keyboard.press("ArrowRight")
    assert [view[0] for view in seen()] == ["hidden", "visible"]
    assert [view[1:] for view in seen()] == [forward[1:], inverse[1:]]
    page.keyboard.press("ArrowLeft")
    assert seen() == [forward, inverse]


def test_an_answer_waits_for_its_question(opened):
    made = deck("001", "es")
    index = next(i for i, slide in enumerate(made.slides, start=1) if slide.question and slide.plot)
    page = opened(page_of(made), anchor=f"#/{index}")
    answer = page.locator("section.present .frame")
    assert page.locator("section.present .question").is_visible()
    assert not answer.is_visible()
    page.keyboard.press("ArrowRight")
    assert answer.is_visible()


def test_the_page_prints_a_page_for_each_stage(open_page, tmp_path):
    made = deck("000", "en")
    page = open_page(page_of(made), anchor="?print-pdf", **SCREEN)
    page.wait_for_selector(".pdf-page", state="attached")
    printed = pypdf.PdfReader(BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    assert len(printed.pages) == 1 + sum(len(slide.stages) for slide in made.slides)


def test_buttons_speak_the_language(opened):
    page = opened(page_of(deck("000", "es")))
    said = page.evaluate(
        "[...document.querySelectorAll('.navigate-left, .navigate-right')].map(each => each.ariaLabel)"
    )
    assert said == ["Atrás", "Siguiente"]
    page.keyboard.press("b")
    assert page.text_content(".resume-button") == "Continuar"


def test_notes_are_shown_at_the_key_s(opened):
    made = deck("001", "es")
    page = opened(page_of(made), anchor="#/2")
    assert not page.locator(".speaker-notes").is_visible()
    page.keyboard.press("s")
    assert page.locator(".speaker-notes").is_visible()
    assert "Prediga" in page.inner_text(".speaker-notes")
    beside = page.evaluate("""() => ["section.present .slide", ".speaker-notes"].map(
        name => document.querySelector(name).getBoundingClientRect())""")
    assert beside[0]["left"] >= 0
    assert beside[0]["right"] <= beside[1]["left"] + 1
    assert page.evaluate("getComputedStyle(document.querySelector('.speaker-notes'), '::before').content") == '"Notas"'
    page.keyboard.press("s")
    assert not page.locator(".speaker-notes").is_visible()


@pytest.mark.parametrize("number", [0, 1, 16])
def test_slides_are_accessible(opened, check, number):
    page = opened(page_of(deck("001", "en")), anchor=f"#/{number}")
    check.access(page)


def test_letters_are_ours(opened):
    page = opened(page_of(deck("000", "es")))
    loaded = page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)")
    assert {"Inversa Sans", "Inversa Serif"} <= {family.strip('"') for family in loaded}
