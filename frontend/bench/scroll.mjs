import { fresh, shuffled } from "./browser.mjs";
import { door, ours } from "./doors.mjs";
import { frames, settled, still } from "./frames.mjs";
import { past } from "./past.mjs";

/** What scrolls where, and what it is made of. */
const VIEWS = {
  rows: { path: () => "/u/alice?sort=name", scroller: ".list-body > .scroller", list: "ul.long", one: "li", form: "Rows" },
  cards: { path: () => "/u/alice?sort=name", scroller: ".list-body > .scroller", list: "ul.long", one: "li", form: "Cards" },
  messages: { path: (project) => `/u/alice/p/${project}`, scroller: ".chat .scroller", list: ".messages", one: ".message-row" },
};

/** Opens a view and goes into its middle, where nothing was measured yet. */
async function open(page, view, project) {
  await page.goto(view.path(project));
  await page.locator(`${view.list} ${view.one}`).first().waitFor();
  if (view.form) {
    await page.getByRole("button", { name: view.form, exact: true }).click();
    await page.waitForFunction(() => document.querySelector("ul.long li")?.getAttribute("aria-setsize") > 1_000);
  }
  await page.evaluate((scroller) => {
    const node = document.querySelector(scroller);
    node.scrollTop = node.scrollHeight / 3;
  }, view.scroller);
  await settled(page);
}

/** Frames while a long list scrolls, and while the same elements do on a page without a program. */
export async function scroll({ gaggle, project, session, seconds, paces, views, rounds }) {
  const transcript = JSON.stringify(past(session));
  let stilled;
  const doorway = await door(gaggle, ours(gaggle), (asked, answer) => {
    const say = (kind, text) => (answer.writeHead(200, { "content-type": kind }).end(text), true);
    if (asked.url === "/still") return say("text/html; charset=utf-8", stilled);
    return asked.url.includes(`/${project}/messages?`) && say("application/json", transcript);
  });
  const height = Math.max(...Object.values(paces)) * seconds + 2_000;
  const result = {};
  for (const name of views) {
    const view = VIEWS[name];
    const first = await fresh(doorway.url);
    await open(first, view, project);
    stilled = await still(first, { ...view, height });
    await first.context().close();
    for (const [called, pace] of Object.entries(paces)) {
      const kept = (result[`${name} ${called}`] = { ours: [], still: [] });
      for (let n = 0; n < rounds; n += 1) {
        for (const which of shuffled("ours", "still")) {
          const page = await fresh(doorway.url);
          if (which === "ours") await open(page, view, project);
          else await page.goto("/still").then(() => settled(page));
          kept[which].push(await frames(page, { ms: seconds * 1000, pace, scroller: view.scroller }));
          await page.context().close();
        }
      }
    }
  }
  doorway.close();
  return result;
}
