const id = (n) => `0${String(n).padStart(6, "0")}`;

/** Ten thousand messages of a session, in one answer: every second one an answer with a heading, words and a list. */
export function past(session, turns = 5_000) {
  const items = [];
  for (let n = 0; n < turns; n += 1) {
    const at = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
    const common = { sessionId: session, turnId: id(n), createdAt: at, state: "complete", failure: null };
    items.push({ ...common, id: `${id(n)}-u`, role: "user", parts: [{ type: "text", text: `question ${n}` }] });
    const text = `## Answer ${n}\n\n${"Some words of it, and \`code\`. ".repeat(1 + ((n * 7) % 23))}\n\n- one\n- two`;
    items.push({ ...common, id: `${id(n)}-a`, role: "assistant", parts: [{ type: "text", text }], endedAt: at, stopReason: "end_turn" });
  }
  return { items, nextCursor: null };
}
