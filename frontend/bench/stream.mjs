import { api, fresh, shuffled } from "./browser.mjs";
import { door } from "./doors.mjs";
import { EMPTY, frames } from "./frames.mjs";

/** Words on the page, and when. */
const shown = (page) =>
  page.evaluate(() => [performance.now(), [...document.querySelectorAll(".transcript .message .markdown")].at(-1)?.textContent.split(/\s+/).length ?? 0]);

/** Frames while an agent speaks 200 words a second, of its page and of an empty animation in its place. */
export async function stream({ gaggle, project, rounds, seconds }) {
  const ask = api(gaggle);
  const base = `/api/users/alice/projects/${project}`;
  const blank = await door(gaggle, () => ({ status: 200, headers: { "content-type": "text/html" }, body: Buffer.from(EMPTY) }));
  const result = { ours: [], empty: [], rate: [] };
  for (let n = 0; n <= rounds; n += 1) {
    for (const which of shuffled("ours", "empty")) {
      const page = await fresh(which === "ours" ? gaggle : blank.url);
      await page.goto(which === "ours" ? `/u/alice/p/${project}` : "/");
      if (which === "ours") await page.locator(".transcript").waitFor();
      const turn = await ask(`${base}/messages`, { text: `@words ${(seconds + 3) * 200} delay=5` }, { prefer: "respond-async" });
      // Until its first words, wherever they are read.
      const late = Date.now() + 60_000;
      while ((await ask(`${base}/turns/${turn.id}`)).text.length < 100) {
        if (Date.now() > late) throw new Error(`nothing was said in ${turn.id}`);
      }
      if (which === "ours") await page.locator(".transcript .message[aria-busy=true] .markdown").waitFor();
      const before = await shown(page);
      const counted = await frames(page, { ms: seconds * 1000 });
      const after = await shown(page);
      if (n > 0) result[which].push(counted);
      if (n > 0 && which === "ours") result.rate.push(((after[1] - before[1]) * 1000) / (after[0] - before[0]));
      await ask(`${base}/turns/${turn.id}`, undefined, { prefer: "wait=60" });
      await page.context().close();
    }
  }
  blank.close();
  return result;
}
