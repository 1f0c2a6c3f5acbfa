// The files that are in the page: compressed, as text, each in an element of its own.

// The bytes of a file, which is then gone unless it is to be kept: all together take as much memory as the page.
// Elements that come later in the page may not have been read yet.
async function embedded(name, { keep = false } = {}) {
  if (document.readyState === "loading") {
    await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
  }
  const element = document.querySelector(`script[data-file="${CSS.escape(name)}"]`);
  if (!element) throw new Error(`the page has no file ${name}`);
  const packed = new Blob([bytesOf(element.textContent)]).stream();
  if (!keep) element.remove();
  const unpacked = packed.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

function bytesOf(base64) {
  return Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function addressOf(content, type) {
  return URL.createObjectURL(new Blob([content], { type }));
}

// What a script of the page exports, which is a module of its own.
async function imported(name) {
  const address = addressOf(await embedded(name), "text/javascript");
  const found = await import(address);
  URL.revokeObjectURL(address);
  return found;
}
