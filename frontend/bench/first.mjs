import { fresh, shuffled } from "./browser.mjs";
import { door, ours, react } from "./doors.mjs";

/** From the start of the navigation until the frame with the cards is painted and the page takes events again. */
async function interactive(page) {
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelectorAll("article.card h2 a").length < 6) return false;
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => (window.interactive = performance.now());
        channel.port2.postMessage(0);
      });
      return true;
    };
    new MutationObserver((_, observer) => look() && observer.disconnect()).observe(document, { childList: true, subtree: true });
  });
  await page.goto("/u/alice");
  const took = await (await page.waitForFunction(() => window.interactive)).jsonValue();
  // It does react.
  const filter = page.locator(".filters button", { hasText: "Asleep" });
  await filter.click();
  await page.waitForFunction(() => document.querySelector(".filters button[aria-pressed=true]")?.textContent.startsWith("Asleep"));
  return took;
}

/** What Chromium transfers up to the fleet, headers and all, without what the API answers. */
async function transferred(gaggle) {
  const page = await fresh(gaggle);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  const names = new Map();
  const files = {};
  cdp.on("Network.responseReceived", (event) => names.set(event.requestId, new URL(event.response.url).pathname));
  cdp.on("Network.loadingFinished", (event) => {
    const name = names.get(event.requestId) ?? "";
    if (!name.startsWith("/api/")) files[name] = event.encodedDataLength;
  });
  await page.goto("/u/alice", { waitUntil: "load" });
  await page.locator("article.card").first().waitFor();
  await page.context().close();
  return files;
}

/** The fleet, first seen: its weight, and when it can be used. */
export async function first({ gaggle, rounds }) {
  const doors = { ours: await door(gaggle, ours(gaggle)), react: await door(gaggle, await react(gaggle)) };
  const slow = { offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 };
  const one = async (which, network) => {
    const page = await fresh(doors[which].url);
    if (network) await (await page.context().newCDPSession(page)).send("Network.emulateNetworkConditions", network);
    const took = await interactive(page);
    await page.context().close();
    return took;
  };
  /** Again in the same browser, with what it has kept. */
  const again = async (which) => {
    const page = await fresh(doors[which].url);
    await interactive(page);
    const second = await page.context().newPage();
    const took = await interactive(second);
    await page.context().close();
    return took;
  };
  const pairs = async (count, measure) => {
    const found = [];
    for (let n = 0; n <= count; n += 1) {
      const pair = {};
      for (const which of shuffled("ours", "react")) pair[which] = await measure(which);
      if (n > 0) found.push([pair.ours, pair.react]);
    }
    return found;
  };
  const result = {
    files: await transferred(gaggle),
    cold: await pairs(rounds, (which) => one(which)),
    kept: await pairs(Math.ceil(rounds / 2), again),
    slow: await pairs(Math.ceil(rounds / 2), (which) => one(which, slow)),
  };
  Object.values(doors).forEach((one) => one.close());
  return result;
}
