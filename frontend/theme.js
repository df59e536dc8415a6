// Before the first paint: a chosen theme must not flash the other one.
(() => {
  try {
    const theme = localStorage.getItem("gaggle.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system decides.
  }
})();

// Without the scripts it begins with, the page would stay empty and say nothing: the style sheet shows the banner then.
// What is fetched once it runs, such as the colours of code, it can do without.
addEventListener("error", (event) => {
  if (event.target instanceof HTMLScriptElement && !window.gaggleStarted) document.documentElement.dataset.lost = "";
}, true);
