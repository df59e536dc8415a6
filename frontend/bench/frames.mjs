/**
 * Counts frames in the browser for some time: `times` are those between two callbacks of `requestAnimationFrame`, as the
 * browser itself dates them; `work` is what the page's main thread worked for each of them, in CPU time, whatever else
 * this machine does. Both in milliseconds. `pace` pixels a second (at 60 frames a second) scroll what `scroller` finds.
 */
export async function frames(page, { ms, pace = 0, scroller = "" }) {
  const cdp = await page.context().newCDPSession(page);
  const events = [];
  cdp.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await cdp.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "devtools.timeline"] } });
  const times = await page.evaluate(
    ([ms, step, scroller]) =>
      new Promise((done) => {
        const node = scroller && document.querySelector(scroller);
        const times = [];
        let began, last;
        const tick = (now) => {
          if (last === undefined) began = now;
          else times.push(Math.round((now - last) * 10) / 10);
          if (node) node.scrollBy(0, step);
          last = now;
          if (now - began < ms) requestAnimationFrame(tick);
          else done(times);
        };
        requestAnimationFrame(tick);
      }),
    [ms, pace / 60, scroller],
  );
  const complete = new Promise((resolve) => cdp.once("Tracing.tracingComplete", resolve));
  await cdp.send("Tracing.end");
  await complete;
  await cdp.detach();
  return { times, work: work(events) };
}

/** CPU time of the tasks of the main thread from one frame to the next. */
function work(events) {
  const frame = events.filter((event) => event.name === "FireAnimationFrame" && event.ph === "X");
  // Of all threads the one that ran most callbacks: other pages have none.
  const threads = new Map();
  for (const { pid, tid } of frame) threads.set(`${pid} ${tid}`, (threads.get(`${pid} ${tid}`) ?? 0) + 1);
  const main = [...threads].sort((a, b) => b[1] - a[1])[0]?.[0];
  const mine = (event) => `${event.pid} ${event.tid}` === main;
  const tasks = events.filter((event) => event.ph === "X" && mine(event) && event.name === "ThreadControllerImpl::RunTask").sort((a, b) => a.ts - b.ts);
  const starts = frame.filter(mine).map((event) => event.ts).sort((a, b) => a - b);
  const sums = [];
  let at = 0;
  let sum = 0;
  for (const task of tasks) {
    sum += (task.tdur ?? 0) / 1000;
    // Callbacks of one frame are in one task.
    if (at < starts.length && starts[at] <= task.ts + task.dur) {
      while (at < starts.length && starts[at] <= task.ts + task.dur) at += 1;
      sums.push(sum);
      sum = 0;
    }
  }
  return sums.slice(1);
}

/** A page with nothing but an animation: what this machine makes of frames at this moment. */
export const EMPTY = `<!doctype html><title>empty</title><style>
  i { display: block; width: 40px; height: 40px; background: teal; animation: turn 1s linear infinite }
  @keyframes turn { to { transform: rotate(1turn) } }
</style><i></i>`;

/**
 * The page as it stands, without its program, and with the children of `list` again and again until they are `height`
 * high: the same elements and styles, and nothing that runs.
 */
export const still = (page, { list, height, one }) =>
  page.evaluate(
    ([list, height, one]) => {
      const copy = document.documentElement.cloneNode(true);
      for (const gone of copy.querySelectorAll("script, link[rel=modulepreload], link[rel=preload], dialog, .toasts")) gone.remove();
      const [from, to] = [document, copy].map((root) => root.querySelector(list));
      const rows = [...from.querySelectorAll(one)];
      const placed = getComputedStyle(rows[0]).position === "absolute";
      const high = rows.map((row) => row.getBoundingClientRect().height);
      // Cards stand side by side.
      const across = placed ? rows.filter((row) => row.style.transform === rows[0].style.transform).length : 1;
      const pieces = [];
      let top = 0;
      for (let n = 0; top < height; n += 1) {
        const row = rows[n % rows.length].cloneNode(true);
        if (placed) {
          row.style.transform = `translateY(${top}px)`;
          row.style.left = `${((n % across) * 100) / across}%`;
        }
        if (n % across === across - 1) top += high[n % rows.length];
        pieces.push(row);
      }
      to.replaceChildren(...pieces);
      if (placed) to.style.height = `${top}px`;
      return `<!doctype html>${copy.outerHTML}`;
    },
    [list, height, one],
  );

/** Waits until nothing more is drawn: some frames in which nothing of the document changes. */
export const settled = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        let quiet = 0;
        const observer = new MutationObserver(() => (quiet = 0));
        observer.observe(document.body, { childList: true, subtree: true });
        const tick = () => ((quiet += 1) > 20 ? (observer.disconnect(), done()) : requestAnimationFrame(tick));
        requestAnimationFrame(tick);
      }),
  );
