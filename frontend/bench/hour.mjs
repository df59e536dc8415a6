import { api, fresh } from "./browser.mjs";
import { door, ours } from "./doors.mjs";
import { Story } from "./story.mjs";

/** Keeps the memories of the page's programs where they can be measured. */
function watchMemory() {
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const real = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await real.apply(WebAssembly, given);
      const { memory } = (made.instance ?? made).exports;
      if (memory) window.memories = [...(window.memories ?? []), memory];
      return made;
    };
  }
}

/** An hour of streaming, as fast as the page takes it: what it holds after each turn, its garbage collected. */
export async function hour({ gaggle, project, turns, words }) {
  const ask = api(gaggle);
  const base = `/api/users/alice/projects/${project}`;
  const turn = await ask(`${base}/messages`, { text: "@words 20 delay=5" });
  const events = [];
  let seq = 0;
  while (events.at(-1)?.type !== "turn.ended") {
    const found = await ask(`${base}/events?after=${seq}&limit=200`);
    if (found.lastSeq <= seq) throw new Error(`the journal has no end of ${turn.id}`);
    events.push(...found.items.filter((event) => (event.turnId ?? event.turn?.id) === turn.id));
    seq = found.lastSeq;
  }
  const story = new Story(events, { seq, words });
  let listener;
  const come = new Promise((resolve) => (listener = resolve));
  const stubbed = await door(gaggle, ours(gaggle), (asked, answer) => {
    if (!asked.url.startsWith(`${base}/events`) || !/event-stream/.test(asked.headers.accept ?? "")) return false;
    answer.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" }).flushHeaders();
    listener(answer);
    return true;
  });
  const page = await fresh(stubbed.url);
  await page.addInitScript(watchMemory);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("HeapProfiler.enable");
  await page.goto(`/u/alice/p/${project}`);
  const to = await come;
  const moments = [];
  for (let n = 0; n < turns; n += 1) {
    await story.tell(to, n);
    await page.getByText(`end of ${n}`, { exact: true }).waitFor({ timeout: 300_000 });
    await page.locator(".transcript .message[aria-busy=true]").waitFor({ state: "detached", timeout: 60_000 });
    await cdp.send("HeapProfiler.collectGarbage");
    const heap = await cdp.send("Runtime.getHeapUsage");
    const wasm = await page.evaluate(() => Math.max(...window.memories.map((memory) => memory.buffer.byteLength)));
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    moments.push({ heap: heap.usedSize, dom: heap.embedderHeapUsedSize ?? 0, wasm, nodes, text: story.bytes });
  }
  to.end();
  stubbed.close();
  return { moments };
}
