import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A variable that the caller must set. */
function need(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with "cargo xtask test e2e"`);
  return value;
}

/** Variables that would connect a real model: these tests talk to the demo. */
const MODELS = /^(GOOSE_|GAGGLE_|ANTHROPIC_|OPENAI_|GOOGLE_|OPENROUTER_|OLLAMA_|KUBE|MONGODB_)/;

/** A real server with real agents, on a data directory of its own. */
export class Server {
  private process: ChildProcess | undefined;
  private readonly data = mkdtempSync(join(tmpdir(), "gaggle-e2e-"));
  url = "";

  /** `extra` are variables of its own, such as a model. */
  constructor(private readonly extra: Record<string, string> = {}) {}

  /** Variables of the next start; an empty one goes. */
  with(more: Record<string, string>): void {
    for (const [name, value] of Object.entries(more)) {
      if (value) this.extra[name] = value;
      else delete this.extra[name];
    }
  }

  /** Where a project's agent works. */
  workspace(project: string): string {
    return join(this.data, "gaggle", "projects", project, "workspace");
  }

  /** Starts it; again on the same port and data after a kill. */
  async start(): Promise<void> {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !MODELS.test(name)));
    const listen = this.url ? new URL(this.url).host : "127.0.0.1:0";
    const child = spawn(need("GAGGLE_BIN"), [], {
      cwd: this.data,
      env: {
        ...env,
        GAGGLE_DATA_DIR: join(this.data, "gaggle"),
        GAGGLE_LISTEN: listen,
        GAGGLE_GOOSE_BIN: need("GAGGLE_GOOSE_BIN"),
        GAGGLE_RUNTIME: "local",
        ...this.extra,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    const said: string[] = [];
    const hear = (line: string) => said.push(line) > 200 && said.shift();
    createInterface({ input: child.stderr! }).on("line", hear);
    this.url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on("line", (line) => {
        hear(line);
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
        if (found) resolve(found[0]);
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${said.join("\n")}`)));
    });
  }

  /** What a crash does: no goodbye. Agents go on in their relays. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Ctrl-C: ends the agents too, and keeps the data for another start. */
  async rest(): Promise<void> {
    await this.end("SIGINT");
  }

  /** Ends it and its agents, and removes what it kept. */
  async stop(): Promise<void> {
    await this.end("SIGINT");
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5 });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }
}
