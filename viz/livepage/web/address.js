// The address holds the code: #code= and the code, compressed, in the letters of base64url. It is the only memory.

const MAX_LINK = 8000; // characters; longer links are cut by mail and chats
const MAX_CODE = 200_000; // characters that a link may unfold to
const RARELY = 400; // milliseconds: browsers refuse addresses that change all the time
let turn = 0;
let soon = 0;

const stream = (bytes, through) => new Blob([bytes]).stream().pipeThrough(through);

async function packed(code) {
  const bytes = await new Response(stream(code, new CompressionStream("deflate-raw"))).arrayBuffer();
  const letters = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// The code of a link. Raises for what is no such link, was cut or unfolds to more than anyone writes.
async function unpacked(link) {
  const bytes = bytesOf(link.replace(/-/g, "+").replace(/_/g, "/"));
  const reader = stream(bytes, new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let code = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return code + decoder.decode();
    code += decoder.decode(value, { stream: true });
    if (code.length > MAX_CODE) throw new RangeError("too long");
  }
}

function rememberSoon(code) {
  clearTimeout(soon);
  soon = setTimeout(remember, RARELY, code);
}

async function remember(code) {
  const mine = ++turn;
  const link = `#code=${await packed(code)}`;
  if (mine !== turn) return;
  const fits = link.length <= MAX_LINK;
  byId("long").hidden = fits;
  history.replaceState(null, "", fits ? link : location.pathname + location.search);
}

// The code of the page's address: null when it has none, or an error.
async function linked() {
  const found = /(?:^#|&)code=([^&]*)/.exec(location.hash);
  if (!found) return null;
  try {
    return await unpacked(found[1]);
  } catch (error) {
    return error;
  }
}
