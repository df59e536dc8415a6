import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** The scripted model: a prompt's lines with an `@` say what it does. */
export class Model {
  private constructor(private readonly child: ChildProcess, readonly url: string) {}

  static async start(): Promise<Model> {
    const program = process.env.GAGGLE_SCRIPTED_MODEL_BIN;
    if (!program) throw new Error('GAGGLE_SCRIPTED_MODEL_BIN is not set: run these tests with "cargo xtask test e2e"');
    const child = spawn(program, [], { stdio: ["ignore", "pipe", "inherit"] });
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout! }).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`the model ended with ${code}`)));
    });
    return new Model(child, url);
  }

  /** What a server needs to use it. */
  get env(): Record<string, string> {
    return { GOOSE_PROVIDER: "openai", GOOSE_MODEL: "gpt-4o", OPENAI_HOST: this.url, OPENAI_API_KEY: "x" };
  }

  /** Lets one answer that stands at its `hold=` go on, now or when it gets there. */
  async release(): Promise<void> {
    await fetch(`${this.url}/control/release`, { method: "POST" });
  }

  stop(): void {
    this.child.kill();
  }
}
