// A browser for one measurement, and what every one of them needs.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? (existsSync("/usr/bin/chromium") ? "/usr/bin/chromium" : undefined);
let browser;

/** A page of a browser that knows nothing yet but that the tour is over. */
export async function fresh(url) {
  browser ??= await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, baseURL: url });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(`${url}: ${error}`));
  await page.addInitScript(() => localStorage.setItem("gaggle.tour", "done"));
  return page;
}

export const close = () => browser?.close();

/** Both in an order that chance decides, so that what changes during a run favours neither. */
export const shuffled = (...both) => (Math.random() < 0.5 ? both : both.reverse());

/** Asks the server without a page; with a body it is a POST. */
export const api = (gaggle) => async (path, body, headers = {}) => {
  const post = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } };
  const answer = await fetch(gaggle + path, body === undefined ? { headers: { accept: "application/json", ...headers } } : post);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};
