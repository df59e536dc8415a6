// Starts the page. A file of its own, so that the server's policy needs no inline script.
const fallen = (why) => {
  document.getElementById("fallen-why").textContent = why;
  document.getElementById("fallen").hidden = false;
};
document.getElementById("reload").addEventListener("click", () => location.reload());
window.addEventListener("gaggle-panic", () => fallen(""));

const script = document.querySelector("link[rel=modulepreload]").href;
const wasm = document.getElementById("wasm").href;
try {
  const page = await import(script);
  await page.default({ module_or_path: fetch(wasm, { credentials: "same-origin" }) });
} catch (error) {
  console.error(error);
  if (!window.gaggleStarted) fallen("A part of it could not be loaded.");
}
