// Starts reveal.js, and shows the notes at the key S.
Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0.03,
  center: false,
  hash: true,
  controls: true,
  progress: true,
  slideNumber: "c/t",
  transition: "none",
  backgroundTransition: "none",
  pdfSeparateFragments: true,
}).then(() =>
  Reveal.addKeyBinding({ keyCode: 83, key: "S", description: document.body.dataset.notes }, () =>
    Reveal.configure({ showNotes: !Reveal.getConfig().showNotes }),
  ),
);
