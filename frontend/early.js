// Before the first paint.
(() => {
  try {
    const theme = localStorage.getItem("gaggle.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No storage.
  }
})();

// The program's first questions (`src/api/ahead.rs`).
(() => {
  const user = /^\/u\/([-a-z0-9]+)(?=\/|$)/.exec(location.pathname)?.[1];
  // What a stream says before the program is there waits in memory: then the program need not.
  const ahead = (response) => new Response(response.body.pipeThrough(new TransformStream({}, {}, { highWaterMark: 99 })), response);
  const questions = { "/api/users?limit=200": "application/json", "/api/info": "application/json" };
  if (user) questions[`/api/users/${user}/events`] = "text/event-stream";
  window.gaggleAhead = {};
  for (const [path, accept] of Object.entries(questions).reverse()) {
    const abort = new AbortController();
    const asked = fetch(path, { headers: { accept }, signal: abort.signal, cache: "no-store" });
    const answer = accept === "text/event-stream" ? asked.then(ahead) : asked;
    answer.catch(() => {});
    window.gaggleAhead[path] = { abort, answer };
  }
})();
