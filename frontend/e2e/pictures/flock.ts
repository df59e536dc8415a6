import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Server } from "../server";
import { ACTORS, type Actor, PAST, PROPS, STORIES, TITLES } from "./stories";
import { Teller } from "./teller";

/** Lets the past have days: Debian's `faketime`. Without it the pictures' usage is of today only. */
const CLOCK = ["/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"].find(existsSync);
const USER = "alice";

/** A server with a flock of agents, each left in another state: a real run, with a model that knows its lines. */
export class Flock {
  readonly ids = new Map<string, string>();
  private readonly stage = mkdtempSync(join(tmpdir(), "gaggle-stage-"));
  private readonly teller = new Teller(STORIES, TITLES);
  server!: Server;

  /** `days` of work before today come first, where a clock can be had. */
  async start(days = 12): Promise<void> {
    await this.teller.start();
    const env = { ...this.props(), GOOSE_PROVIDER: "openai", GOOSE_MODEL: "gpt-4o", OPENAI_HOST: this.teller.url, OPENAI_API_KEY: "none", GAGGLE_READY_TIMEOUT: "30m", GAGGLE_IDLE_TIMEOUT: "2h" };
    this.server = new Server(env);
    if (CLOCK) {
      for (let day = days; day > 0; day -= 1) await this.day(day, CLOCK);
    }
    this.server.with({ LD_PRELOAD: "", FAKETIME: "" });
    await this.server.start();
    for (const actor of ACTORS) await this.play(actor);
  }

  async stop(): Promise<void> {
    rmSync(join(this.stage, "hold"), { force: true });
    await this.server.stop();
    this.teller.stop();
    rmSync(this.stage, { recursive: true, force: true });
  }

  id(name: string): string {
    return this.ids.get(name)!;
  }

  /** Commands of the agents, and a Goose that waits while there is a file `hold`. */
  private props(): Record<string, string> {
    const bin = join(this.stage, "bin");
    mkdirSync(bin);
    const program = (name: string, script: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    };
    for (const [name, script] of Object.entries(PROPS)) program(name, script);
    program("goose", `while [ -e '${join(this.stage, "hold")}' ]; do sleep 0.2; done\nexec '${process.env.GAGGLE_GOOSE_BIN}' "$@"`);
    return { PATH: `${bin}:${process.env.PATH}`, GAGGLE_GOOSE_BIN: join(bin, "goose") };
  }

  /** Some work on a day before today; fewer and fewer the longer ago, and none on some. */
  private async day(ago: number, clock: string): Promise<void> {
    const turns = [0, 3, 4, 2, 4, 0, 1, 3, 2, 3, 0, 1, 2][ago] ?? 1;
    if (turns === 0) return;
    this.server.with({ LD_PRELOAD: clock, FAKETIME: `-${ago}d`, FAKETIME_DONT_FAKE_MONOTONIC: "1" });
    await this.server.start();
    for (const [name, ask] of PAST.slice(0, turns)) {
      await this.make(name);
      await this.post(name, "/messages", { text: ask });
    }
    await this.server.rest();
  }

  private async make(name: string, settings: object = {}): Promise<void> {
    if (this.ids.has(name)) return;
    const project = await this.call("POST", "", { name, settings });
    this.ids.set(name, project.id);
  }

  private async play({ name, ask, allow = 0, mode, leave, settings, files = {} }: Actor): Promise<void> {
    await this.make(name, { ...settings, ...(mode && { mode }), permissionTimeout: "1h" });
    // The folder is there, and says whose it is, from the first start on.
    if (Object.keys(files).length > 0) await this.post(name, "/activate");
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.server.workspace(this.id(name)), path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    if (leave === "starting") writeFileSync(join(this.stage, "hold"), "");
    if (leave === "starting") return void (await this.post(name, "/activate", undefined, false));
    if (!ask) return;
    const message = { text: ask, ...(mode && { mode }) };
    if (leave === "ready" || leave === "asleep") await this.post(name, "/messages", message);
    else await this.post(name, "/messages", message, false);
    if (leave === "asleep") await this.post(name, "/deactivate");
    if (leave === "failed") await this.until(name, (project) => project.phase === "failed");
    if (leave === "working") await this.until(name, (project) => project.activity.state === "working");
    if (leave === "waiting") {
      for (let given = 0; given < allow; given += 1) await this.allow(name);
      await this.until(name, (project) => project.activity.pendingPermissions.length > 0);
    }
  }

  private async allow(name: string): Promise<void> {
    const project = await this.until(name, (project) => project.activity.pendingPermissions.length > 0);
    const pending = (await this.call("GET", `/${project.id}/permissions?state=pending`)).items[0];
    const once = pending.options.find((option: any) => option.kind === "allow_once");
    await this.post(name, `/permissions/${pending.id}`, { optionId: once.id });
    await this.until(name, (project) => !project.activity.pendingPermissions.some((one: any) => (one.id ?? one) === pending.id));
  }

  /** Follows the user's events until the project is as wished. */
  private async until(name: string, is: (project: any) => boolean): Promise<any> {
    const leave = new AbortController();
    let last: unknown;
    const late = setTimeout(() => leave.abort(new Error(`${name} did not get there: ${JSON.stringify(last)}`)), 90_000);
    try {
      const response = await fetch(`${this.server.url}/api/users/${USER}/events`, { signal: leave.signal });
      let text = "";
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
        text += piece;
        const events = text.split("\n\n");
        text = events.pop()!;
        for (const event of events) {
          const data = JSON.parse(/^data: ?(.*)$/m.exec(event)?.[1] ?? "null");
          const told = [data, data?.project, ...(data?.items ?? [])].find((one) => one?.id === this.id(name));
          last = told ?? last;
          if (told && is(told)) return told;
        }
      }
      throw new Error(`the stream ended before ${name} got there`);
    } finally {
      clearTimeout(late);
      leave.abort();
    }
  }

  private post(name: string, path: string, body?: object, waits = true): Promise<any> {
    return this.call("POST", `/${this.id(name)}${path}`, body, waits ? {} : { prefer: "respond-async" });
  }

  private async call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<any> {
    const response = await fetch(`${this.server.url}/api/users/${USER}/projects${path}`, {
      method, body: body && JSON.stringify(body), headers: { ...headers, ...(body && { "content-type": "application/json" }) },
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
