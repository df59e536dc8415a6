import type { Page } from "@playwright/test";

/**
 * From its next load on, no timer of the page that is this long or longer ever ends: what happens then does not happen
 * because time passed.
 */
export const endless = (page: Page, from: number) =>
  page.addInitScript((from) => {
    const real = window.setTimeout.bind(window);
    const here = Object.assign(window, { endless: 0 });
    here.setTimeout = ((what: TimerHandler, ms = 0, ...rest: unknown[]) => {
      if (ms < from) return real(what, ms, ...rest);
      here.endless += 1;
      return 0;
    }) as typeof window.setTimeout;
  }, from);

/** How many there were. */
export const begun = (page: Page) => page.evaluate(() => (window as unknown as { endless: number }).endless);
