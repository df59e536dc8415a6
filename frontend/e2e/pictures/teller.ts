import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** What one call of the model answers: first thoughts, then words, then tools. */
export interface Step {
  think?: string;
  say?: string;
  call?: [name: string, input: object][];
  /** Milliseconds between two words. */
  pace?: number;
  /** Says all of it and then nothing more, until the reader leaves. */
  hold?: boolean;
  /** Tokens it read and wrote, as it tells them. */
  used?: [read: number, wrote: number];
}

/** Answers by what was asked: no script stands in what a person wrote. */
export class Teller {
  private server?: Server;
  private answers = 0;
  url = "";

  constructor(private readonly stories: Record<string, Step[]>, private readonly titles: Record<string, string>) {}

  async start(): Promise<void> {
    this.server = createServer((request, response) => void this.answer(request, response).catch(() => response.destroy()));
    await new Promise<void>((done) => this.server!.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!request.url?.endsWith("/chat/completions")) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ object: "list", data: [{ id: "gpt-4o", object: "model" }, { id: "gpt-4o-mini", object: "model" }] }));
      return;
    }
    let text = "";
    for await (const piece of request) text += piece;
    const body = JSON.parse(text);
    const number = (this.answers += 1);
    const step = this.step(body);
    const common = { id: `chatcmpl-${number}`, created: 0, model: body.model };
    const [read, wrote] = step.used ?? [4_200, 240];
    const usage = { prompt_tokens: read, completion_tokens: wrote, total_tokens: read + wrote };
    const calls = step.call?.map(([name, input], index) => ({
      index, id: `call_${number}_${index}`, type: "function", function: { name, arguments: JSON.stringify(input) },
    }));
    const reason = calls ? "tool_calls" : "stop";
    if (!body.stream) {
      response.setHeader("content-type", "application/json");
      const message = { role: "assistant", content: step.say ?? null, tool_calls: calls };
      response.end(JSON.stringify({ ...common, object: "chat.completion", usage, choices: [{ index: 0, message, finish_reason: reason }] }));
      return;
    }
    response.setHeader("content-type", "text/event-stream");
    const send = (data: object) => response.write(`data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", ...data })}\n\n`);
    const delta = (delta: object, finish_reason: string | null = null) => send({ choices: [{ index: 0, delta, finish_reason }] });
    for (const [field, words] of [["reasoning_content", step.think], ["content", step.say]] as const) {
      for (const word of words?.split(/(?<=\s)/) ?? []) {
        delta({ role: "assistant", [field]: word });
        if (step.pace) await wait(step.pace);
      }
    }
    // Goose gives up on a model that is silent for minutes.
    while (step.hold && !response.destroyed) {
      await wait(5_000);
      delta({ role: "assistant", content: "" });
    }
    if (calls) delta({ role: "assistant", tool_calls: calls });
    delta({}, reason);
    send({ choices: [], usage });
    response.end("data: [DONE]\n\n");
  }

  /** The step at the place of this call after the person's last message. */
  private step(body: any): Step {
    const messages: any[] = body.messages ?? [];
    const asked = messages.map((message) => (message.role === "user" ? said(message) : ""));
    const at = asked.findLastIndex(Boolean);
    const story = Object.keys(this.stories).find((ask) => (asked[at] ?? "").includes(ask)) ?? "";
    const system = messages.filter((message) => message.role === "system").map(words).join(" ");
    if (!body.tools?.length && /title/.test(system)) {
      const whole = messages.map(words).join(" ");
      const known = Object.keys(this.titles).find((ask) => whole.includes(ask));
      return { say: known ? this.titles[known] : "A few questions", used: [180, 6] };
    }
    const answered = new Set<string>();
    for (const [n, message] of messages.slice(at + 1).entries()) {
      if (message.role === "assistant") answered.add(String(message.tool_calls?.[0]?.id?.replace(/_\d+$/, "") ?? n));
    }
    return this.stories[story]?.[answered.size] ?? { say: "Done." };
  }
}

const words = (message: any): string =>
  typeof message.content === "string" ? message.content : (message.content ?? []).map((part: any) => part.text ?? "").join("\n");

/** What a person wrote, without what Goose adds. */
const said = (message: any): string =>
  words(message).replace(/<info-msg>[\s\S]*?<\/info-msg>/g, "").split("</turn-context>").map((one) => one.replace(/<turn-context>[\s\S]*/, "").trim()).filter(Boolean).at(-1) ?? "";
