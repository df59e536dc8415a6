import { expect, type Page } from "@playwright/test";
import { tell } from "../told";

/** What a server on Kubernetes says of itself. */
const INFO = { runtime: "kubernetes", host: "", isolation: { policies: ["default-deny", "egress"], enforced: true, since: "2026-01-01T00:00:00Z" } };

/** The objects of a project that runs in a cluster and waits for its address. */
export const objects = (id: string, words = "") => ({
  resources: { namespace: "user-alice", deployment: `proj-${id}-api`, service: `proj-${id}-svc${words}`, ingress: `proj-${id}-ingress${words}`, pod: `proj-${id}-api-5d4f-x7k2p${words}` },
  endpoint: { url: `http://proj-${id}-svc.user-alice:3001${words}`, via: "cluster" },
  warnings: ["endpoint_pending"],
});

export const YAML = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: proj-x-api\nspec:\n  replicas: 1\n---\napiVersion: v1\nkind: Secret\nstringData:\n  key: '***'\n";

/** A start that waits for a node and then for an image: what the journal tells of it. */
const START = [
  ["namespace", "done", "", 40], ["manifests", "done", "", 130], ["scale", "done", "", 180],
  ["schedule", "started", "no node has room", 200],
  { reason: "FailedScheduling", message: "0/3 nodes are available: 3 Insufficient cpu.", object: "Pod/proj-x-api", severity: "warning" },
  { reason: "TriggeredScaleUp", message: "pod triggered scale-up: 3 → 4", object: "Pod/proj-x-api", severity: "normal" },
  ["schedule", "done", "", 9_400], ["image", "started", "pulling goose-api:latest", 9_500],
] as const;

/** The same start, once the image is there. */
const PULLED = [
  ["image", "done", 'Successfully pulled image "goose-api:latest" in 4.21s (4.21s including waiting). Image size: 96468992 bytes.', 13_700],
  ["container", "started", "starting the container", 13_800],
] as const;

/**
 * Shows the page of a project as if it ran in a cluster, whose names and texts all end in `words`. Stubbed: the
 * server's own answers are a local runtime's.
 */
export async function clustered(page: Page, phase: "active" | "activating", { pulled = false, words = "" } = {}): Promise<void> {
  const id = /\/p\/([^/?]+)/.exec(page.url())![1]!;
  const activity = phase === "active" ? { state: "ready", summary: "Ready." } : { state: "starting", summary: "Its agent is starting." };
  await page.route(/\/manifests$/, (route) => route.fulfill({ contentType: "application/yaml", body: YAML + words }));
  await page.route(/\/events\?after=\d+&limit=/, async (route) => {
    const real = await (await route.fetch()).json();
    const last = real.lastSeq as number;
    const at = new Date().toISOString();
    const start = [...START, ...(pulled ? PULLED : [])];
    const told = start.map((one, n) => {
      const [step, state, message, elapsedMs] = "length" in one ? one : [];
      const body = "length" in one ? { type: "activation.step", step, state, message: `${message}${words}`, elapsedMs } : { type: "cluster.event", ...one, reason: `${one.reason}${words}`, message: `${one.message}${words}`, object: `${one.object}${words}` };
      return { seq: last - start.length + n + 1, at, ...body };
    });
    const after = Number(new URL(route.request().url()).searchParams.get("after"));
    await route.fulfill({ json: { ...real, items: after < last ? told : [] } });
  });
  await tell(page, { info: INFO, projects: { [id]: { phase, desiredState: "active", failure: null, activity, ...objects(id, words) } } });
  await page.reload();
  // On a phone it stands in the drawer.
  await expect(page.locator(".where-line")).toContainText("Kubernetes");
}
