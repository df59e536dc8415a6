// Before the first paint.
(() => {
  try {
    const theme = localStorage.getItem("gaggle.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No storage.
  }
})();

// Without its first scripts the page would stay empty: the style sheet shows the banner then.
addEventListener("error", (event) => {
  if (event.target instanceof HTMLScriptElement && !window.gaggleStarted) document.documentElement.dataset.lost = "";
}, true);

// The program's first questions (`src/api/ahead.rs`).
(() => {
  const user = /^\/u\/([-a-z0-9]+)(?=\/|$)/.exec(location.pathname)?.[1];
  const questions = { "/api/users?limit=200": "application/json", "/api/info": "application/json" };
  if (user) questions[`/api/users/${user}/events`] = "text/event-stream";
  window.gaggleAhead = {};
  for (const [path, accept] of Object.entries(questions).reverse()) {
    const abort = new AbortController();
    const answer = fetch(path, { headers: { accept }, signal: abort.signal, cache: "no-store" });
    answer.catch(() => {});
    window.gaggleAhead[path] = { abort, answer };
  }
})();
