// Starts the page.
const fallen = (why) => {
  document.getElementById("fallen-why").textContent = why;
  document.getElementById("fallen").hidden = false;
};
window.addEventListener("gaggle-panic", () => fallen(""));

// Out of memory or stack; other errors are not the program's.
const isFatal = (error) => error instanceof WebAssembly.RuntimeError || (error instanceof RangeError && /wasm/.test(error.stack));
window.addEventListener("error", (event) => isFatal(event.error) && fallen(""));
window.addEventListener("unhandledrejection", (event) => isFatal(event.reason) && fallen(""));

// The part that this address shows comes together with the program.
const part = { p: "project", approvals: "desk", usage: "desk", status: "desk" }[location.pathname.split("/")[3]];
const link = part && document.querySelector(`link[data-part="${part}"]`);
if (link) Object.assign(link, { as: "fetch", type: "application/wasm", crossOrigin: "anonymous", rel: "preload" });

const script = document.getElementById("page").href;
const wasm = document.getElementById("wasm").href;
try {
  const page = await import(script);
  await page.default({ module_or_path: fetch(wasm, { credentials: "same-origin" }) });
} catch (error) {
  console.error(error);
  if (!window.gaggleStarted) fallen("A part of it could not be loaded.");
}
