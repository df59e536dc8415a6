import base from "./playwright.config";

/** `npx playwright test --config screenshots.config.ts` makes the pictures of docs/images. */
export default { ...base, testDir: ".", testMatch: "screenshots.ts", timeout: 240_000 };
