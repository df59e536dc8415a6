/**
 * Turns made of a real one: its events, with other ids and numbers, and as many words as wished. What a page is told of
 * an hour thus has the form of what a server tells, and comes as fast as the page takes it.
 */
export class Story {
  constructor(events, { seq, words }) {
    this.seq = seq;
    this.words = words;
    this.bytes = 0;
    this.turn = events[0].turn.id;
    const at = (type) => events.findIndex((event) => event.type === type);
    const delta = events.findIndex((event) => event.type === "message.delta" && event.role === "assistant");
    if (at("turn.ended") < 0 || delta < 0) throw new Error("the turn to copy is not whole");
    this.before = events.slice(0, delta).filter((event) => event.type !== "message.delta" || event.role === "user");
    this.delta = events[delta];
    this.after = [events[at("turn.ended")]];
  }

  /** One event with the ids of the turn of this number. */
  one(event, number) {
    this.seq += 1;
    const id = this.turn.slice(0, -4) + String(9_000 + number).padStart(4, "0");
    const text = JSON.stringify({ ...event, seq: this.seq }).replaceAll(this.turn, id);
    return `id: ${this.seq}\nevent: ${event.type}\ndata: ${text}\n\n`;
  }

  /** Writes a turn to a page's stream and waits whenever that has enough. */
  async tell(stream, number) {
    const write = (text) => stream.write(text) || new Promise((ready) => stream.once("drain", ready));
    for (const event of this.before) await write(this.one(event, number));
    let offset = 0;
    for (let n = 0; n < this.words; n += 1) {
      // Paragraphs of some lines, and now and then code.
      const end = n === this.words - 1 ? `\n\nend of ${number}` : n % 60 === 59 ? "\n\n" : n % 997 === 996 ? "\n\n```rust\nlet x = 1;\n```\n\n" : " ";
      const text = `word${n % 100}${end}`;
      await write(this.one({ ...this.delta, offset, text }, number));
      offset += Buffer.byteLength(text);
    }
    this.bytes += offset;
    for (const event of this.after) await write(this.one(event, number));
  }
}
