// Usage: node measure.mjs first|stream|hour|scroll OPTIONS. The options are JSON: `gaggle` is the server's address.
// What was measured is the last line of the output, as JSON.
import { close } from "./browser.mjs";
import { first } from "./first.mjs";
import { hour } from "./hour.mjs";
import { scroll } from "./scroll.mjs";
import { stream } from "./stream.mjs";

const [what, options] = process.argv.slice(2);
const measured = { first, hour, scroll, stream }[what];
if (!measured || !options) throw new Error("usage: node measure.mjs first|stream|hour|scroll OPTIONS");
try {
  console.log(JSON.stringify(await measured(JSON.parse(options))));
} finally {
  await close();
}
