import type { Page } from "@playwright/test";

/** What is told otherwise: of the server, and of projects by id; what is not named stays as the server says it. */
export interface Told {
  info?: object;
  projects?: Record<string, Record<string, unknown>>;
  /** So many projects, all like the first of the snapshot. */
  many?: number;
}

/**
 * A stub: changes what the server tells the page of itself and of projects, on its way, also in streams, which stay
 * open. Holds from the next time the page is loaded until `untell`.
 */
export async function tell(page: Page, told: Told): Promise<void> {
  await tap(page);
  await page.evaluate((told) => localStorage.setItem("told", told), JSON.stringify(told));
}

export const untell = (page: Page) => page.evaluate(() => localStorage.removeItem("told"));

/** Stops what comes over open streams, as a laptop that sleeps does; or lets it on. */
export const stall = (page: Page, stalled: boolean) => page.evaluate((stalled) => void ((window as any).stalled = stalled), stalled);

/** Puts the stub between page and server, once. */
export const tap = (page: Page) =>
  page.addInitScript(() => {
    const here = window as any;
    if (here.tapped) return;
    here.tapped = true;
    const told = JSON.parse(localStorage.getItem("told") ?? "{}");
    const another = (project: any, n: number) => {
      const number = String(n).padStart(5, "0");
      return { ...project, id: project.id.slice(0, -5) + number, name: `project ${number}` };
    };
    const change = (value: any): any => {
      if (told.many && value?.items?.[0]?.userId) return { ...value, items: Array.from({ length: told.many }, (_, n) => another(value.items[0], n)) };
      if (Array.isArray(value?.items)) return { ...value, items: value.items.map(change) };
      const other = value?.userId && told.projects?.[value.id];
      if (other) return { ...value, ...other, activity: { ...value.activity, ...other.activity } };
      return told.info && value?.isolation ? { ...value, ...told.info } : value;
    };
    const streamed = () => {
      let rest = "";
      return new TransformStream<string, string>({
        transform(text, out) {
          if (here.stalled) return;
          const events = (rest + text).split("\n\n");
          rest = events.pop()!;
          for (const event of events) out.enqueue(`${event.replace(/^data: ?(.*)$/m, (_, data) => `data: ${JSON.stringify(change(JSON.parse(data)))}`)}\n\n`);
        },
      });
    };
    const real = window.fetch;
    window.fetch = async (...asked) => {
      const answer = await real(...asked);
      const kind = answer.headers.get("content-type") ?? "";
      const { status, statusText, headers } = answer;
      if (kind.includes("event-stream") && answer.body) {
        const body = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(streamed()).pipeThrough(new TextEncoderStream());
        return new Response(body, { status, statusText, headers });
      }
      if (!answer.ok || !/application\/json/.test(kind) || !/\/(info|projects)\b/.test(answer.url)) return answer;
      return new Response(JSON.stringify(change(await answer.json())), { status, statusText, headers });
    };
  });
