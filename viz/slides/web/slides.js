// Starts reveal.js, gives its buttons the words of the language, and shows the notes at the key S.
// `words` stands before this.
Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0.03,
  center: false,
  hash: true,
  help: false,
  progress: true,
  slideNumber: "c/t",
  transition: "none",
  backgroundTransition: "none",
  pdfSeparateFragments: true,
}).then(() => {
  const page = Reveal.getRevealElement();
  page.querySelector(".navigate-left").ariaLabel = words.back;
  page.querySelector(".navigate-right").ariaLabel = words.next;
  page.querySelector(".resume-button").textContent = words.resume;
  page.style.setProperty("--notes", JSON.stringify(words.notes));
  Reveal.addKeyBinding({ keyCode: 83, key: "S", description: words.notes }, () => {
    Reveal.configure({ showNotes: !Reveal.getConfig().showNotes });
    Reveal.layout();
  });
});
