import { mkdirSync, writeFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { Flock } from "./pictures/flock";
import { open, PLACES } from "./pictures/places";

const ALL = "../../target/screenshots";
const IMAGES = "../../docs/images";
const only = new RegExp(process.env.GAGGLE_PICTURES ?? "");
const THEMES = ["light", "dark"] as const;
const SIZES = [[1440, 900], [1024, 768], [768, 1024], [360, 740]] as const;

/** The pictures of the documents: which place, how. */
const IN_DOCS = [
  ["fleet-light", "fleet-cards", "light", [1280, 800]],
  ["project-dark", "chat-waiting", "dark", [1280, 920]],
  ["project-phone", "chat-edit-waiting", "light", [390, 844]],
  ["approvals-light", "approvals", "light", [1280, 800]],
  ["usage-dark", "usage", "dark", [1280, 800]],
] as const;

/** A small picture: WebP, which Chromium writes itself. */
async function picture(page: Page, path: string): Promise<void> {
  const talk = await page.context().newCDPSession(page);
  const { data } = await talk.send("Page.captureScreenshot", { format: "webp", quality: 82 });
  await talk.detach();
  writeFileSync(path, Buffer.from(data, "base64"));
}

/** The page as it is for somebody who knows it: the tour is over. */
async function settled(page: Page, theme: "light" | "dark", [width, height]: readonly [number, number]): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await page.setViewportSize({ width, height });
}

test("pictures of a lively flock", async ({ browser }) => {
  const flock = new Flock();
  await flock.start();
  try {
    mkdirSync(ALL, { recursive: true });
    const storageState = { cookies: [], origins: [{ origin: flock.server.url, localStorage: [{ name: "gaggle.tour", value: "done" }] }] };
    const page = await browser.newPage({ baseURL: flock.server.url, storageState });
    const failed: string[] = [];
    const at = (name: string) => PLACES.find((place) => place.name === name)!;
    if (!process.env.GAGGLE_PICTURES) {
      const sharp = await browser.newPage({ baseURL: flock.server.url, deviceScaleFactor: 2, storageState: { ...storageState, origins: [{ ...storageState.origins[0], localStorage: [...storageState.origins[0].localStorage, { name: "gaggle.notice.local", value: "folded" }] }] } });
      for (const [file, name, theme, size] of IN_DOCS) {
        await settled(sharp, theme, size);
        await open(sharp, flock, at(name));
        await picture(sharp, `${IMAGES}/${file}.webp`);
        await at(name).after?.(sharp);
      }
      await sharp.close();
    }
    for (const theme of THEMES) {
      for (const size of SIZES) {
        await settled(page, theme, size);
        for (const place of PLACES.filter((place) => only.test(place.name))) {
          const name = `${place.name}-${theme}-${size[0]}`;
          try {
            await open(page, flock, place);
            await page.screenshot({ path: `${ALL}/${name}.png` });
            await place.after?.(page);
          } catch (error) {
            failed.push(`${name}: ${error}`);
          }
          await page.unrouteAll({ behavior: "ignoreErrors" });
        }
      }
    }
    expect(failed, "pictures that could not be taken").toEqual([]);
  } finally {
    await flock.stop();
  }
});
