import { createHash } from "node:crypto";
import { createServer, request } from "node:http";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

/** What a door answers itself; everything else is the server's. `path` to headers and body. */
const forward = (gaggle, asked, answer) => {
  const { host } = new URL(gaggle);
  const headers = { ...asked.headers, host };
  if (headers.origin) headers.origin = gaggle;
  const sent = request(new URL(asked.url, gaggle), { method: asked.method, headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  sent.on("error", () => answer.destroy());
  answer.on("close", () => sent.destroy());
  asked.pipe(sent);
};

/** A file of the server, byte for byte as it came. */
const fetched = (gaggle, path) =>
  new Promise((resolve, reject) => {
    request(new URL(path, gaggle), { headers: { "accept-encoding": "br" } }, (got) => {
      const pieces = [];
      got.on("data", (piece) => pieces.push(piece));
      got.on("end", () => resolve({ status: got.statusCode, headers: got.headers, body: Buffer.concat(pieces) }));
    }).on("error", reject).end();
  });

/**
 * A door: a port that serves one page from memory and hands all else to the server. `own` answers a request first, or
 * says false. Every door works alike, so that pages behind two of them differ in nothing but themselves.
 */
export async function door(gaggle, page, own = () => false) {
  const server = createServer(async (asked, answer) => {
    try {
      if (await own(asked, answer)) return;
      if (asked.url.startsWith("/api/")) return forward(gaggle, asked, answer);
      const { status, headers, body } = await page(asked.url.split("?")[0]);
      answer.writeHead(status, { ...headers, "content-length": body.length }).end(body);
    } catch (error) {
      answer.destroy(error);
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

/** Gaggle's page, as the binary gives it. */
export const ours = (gaggle) => {
  const known = new Map();
  return async (path) => {
    const name = /\.\w+$/.test(path) ? path : "/";
    if (!known.has(name)) known.set(name, await fetched(gaggle, name));
    return known.get(name);
  };
};

/** The baseline's page: built as it would be shipped, with Gaggle's styles, and sent with the same headers. */
export async function react(gaggle) {
  const index = await fetched(gaggle, "/");
  const html = (await (await fetch(gaggle)).text());
  const styles = [...html.matchAll(/<link[^>]*rel="?stylesheet"?[^>]*>/g)].map((found) => found[0]).join("");
  if (!styles) throw new Error("the page of this binary has no styles");
  const { outputFiles } = await build({
    entryPoints: [new URL("react/page.jsx", import.meta.url).pathname],
    bundle: true, minify: true, format: "esm", target: "es2022", jsx: "automatic", write: false,
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const script = `/page-${createHash("sha256").update(outputFiles[0].contents).digest("hex").slice(0, 16)}.js`;
  const packed = (text, kind, cache) => {
    const { "content-length": _length, etag: _etag, ...headers } = index.headers;
    return { status: 200, headers: { ...headers, "content-type": kind, "content-encoding": "br", "cache-control": cache }, body: brotliCompressSync(text) };
  };
  const page = packed(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Gaggle</title>${styles}<link rel="modulepreload" href="${script}"></head><body><div id="root"></div><script type="module" src="${script}"></script></body></html>`,
    "text/html; charset=utf-8", "no-cache",
  );
  const program = packed(outputFiles[0].contents, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable");
  const rest = ours(gaggle);
  return async (path) => (path === script ? program : /\.\w+$/.test(path) ? rest(path) : page);
}
