import base from "./playwright.config";

/** `cargo xtask screenshots`: pictures of every page, to be looked at, and those of the README. */
export default {
  ...base,
  testDir: ".",
  testMatch: "screenshots.ts",
  timeout: 1_200_000,
  use: { ...base.use, actionTimeout: 10_000, navigationTimeout: 20_000, trace: "off" as const },
};
