import type { Step } from "./teller";

/** A project of the picture: what is asked of it, and how it is left. */
export interface Actor {
  name: string;
  ask?: string;
  /** Answers to approvals on the way, in their order. */
  allow?: number;
  mode?: "auto" | "smart_approve";
  leave: "waiting" | "working" | "ready" | "asleep" | "starting" | "failed" | "new";
  settings?: object;
  /** Files of its workspace, by path. */
  files?: Record<string, string>;
}

const SQL = "ALTER TABLE invoices ADD COLUMN due_on date;\nUPDATE invoices SET due_on = issued_on + 30;\nALTER TABLE invoices ALTER COLUMN due_on SET NOT NULL;\n";

/** Who is in the picture; the last made stands first in its group. */
export const ACTORS: Actor[] = [
  { name: "weekly report", leave: "asleep", ask: "Sum up last week's merged changes" },
  { name: "design tokens", leave: "asleep", ask: "Export the tokens as CSS and JSON" },
  { name: "customer portal", leave: "asleep", ask: "Why does the login form jump on Safari?" },
  { name: "data import", leave: "asleep", ask: "Import the March export into staging" },
  { name: "onboarding", leave: "new" },
  { name: "load tests", leave: "ready", ask: "Find out why checkout is slow above 200 requests a second", mode: "auto", files: { "src/pool.ts": "export const pool = new Pool({\n  host: env.DB_HOST,\n  max: 10,\n});\n" } },
  { name: "search index", leave: "working", ask: "Rank exact matches first without a second query", mode: "auto" },
  { name: "gpu worker", leave: "failed", ask: "Profile the batch kernel", settings: { provider: "anthropic", model: "claude-sonnet-4-5" } },
  { name: "docs site", leave: "working", ask: "Rebuild the install guide and check every link", mode: "auto" },
  { name: "release notes", leave: "waiting", ask: "Write the notes for 2.4", allow: 1 },
  { name: "billing-service", leave: "waiting", ask: "Invoices need a due date. Add the column, backfill it with 30 days after issue, and show it in the API.", allow: 4, files: { "src/invoice.rs": "pub struct Invoice {\n    pub id: InvoiceId,\n    pub issued_on: Date,\n}\n", "migrations/0041_currency.sql": "-- …\n", "target/.keep": "" } },
  // The last: from now on no agent starts.
  { name: "mobile app", leave: "starting" },
];

/** What was asked on days before, and by whom it was answered. */
export const PAST: [name: string, ask: string][] = [
  ["load tests", "Run the nightly profile"],
  ["data import", "Import the nightly export"],
  ["billing-service", "Reconcile yesterday's payments"],
  ["weekly report", "Note what was merged yesterday"],
];

export const TITLES: Record<string, string> = {
  "Invoices need a due date": "Due dates for invoices",
  "checkout is slow": "Slow checkout",
  "Rebuild the install guide": "Install guide",
  "Rank exact matches": "Exact matches first",
  "Write the notes": "Notes for 2.4",
  "March export": "March import",
  "Reconcile": "Due dates for invoices",
  "nightly profile": "Slow checkout",
  "nightly export": "Imports",
};

/** What the model answers, call by call. */
export const STORIES: Record<string, Step[]> = {
  "Invoices need a due date": [
    {
      think: "The column must not be null in the end, but existing rows have no value: add it, backfill, then forbid null. One migration, so that it is all or nothing. After that the serializer.",
      say: "I’ll add `due_on` in one migration, backfill it, and then expose it. First a look at what is there.",
      call: [["shell", { command: "cat src/invoice.rs" }], ["shell", { command: "ls migrations" }]],
      used: [11_840, 310],
    },
    { call: [["write", { path: "migrations/0042_due_on.sql", content: SQL }]], used: [12_660, 180] },
    { say: "The migration is written. Now the tests, before anything touches the database:", call: [["shell", { command: "cargo test -p billing > target/test.log; tail -4 target/test.log" }]], used: [13_100, 96] },
    {
      say: "All green. What changes for callers of the API:\n\n| field | before | after |\n|---|---|---|\n| `due_on` | – | date, never null |\n| `overdue` | computed by the client | `due_on < today` |\n\n```rust\npub struct Invoice {\n    pub id: InvoiceId,\n    pub issued_on: Date,\n    pub due_on: Date, // 30 days after issue\n}\n```\n\n- [x] Migration with backfill\n- [x] Tests\n- [ ] Migrate the staging database\n\nThe last step writes to a database, so it is yours to allow.",
      call: [["shell", { command: "sqlx migrate run --database-url \"$STAGING_DATABASE_URL\"" }]],
      used: [14_020, 420],
    },
    { say: "Migrated: 18,204 invoices have a due date." },
  ],
  "Write the notes for 2.4": [
    { call: [["shell", { command: "git log --oneline v2.3..HEAD" }]], used: [6_420, 60] },
    { say: "27 commits, 4 of them worth a line for users.", call: [["write", { path: "CHANGELOG.md", content: "## 2.4\n\n- Invoices have a due date.\n- Search ranks exact matches first.\n- Exports resume where they stopped.\n- Fixed: the login form jumped on Safari.\n" }]], used: [7_900, 210] },
    { say: "Written." },
  ],
  "Rebuild the install guide": [
    { think: "Six pages mention the old flag.", say: "Six pages mention the old flag. I changed them; now the build and every link.", call: [["shell", { command: "pnpm build --check-links" }]], used: [9_310, 140] },
    { say: "Built." },
  ],
  "Rank exact matches": [
    { think: "A second query would double the load. The engine scores a keyword sub-field, so a boosted should-clause does it in one.", say: "One query is enough: a boosted clause on the keyword field puts exact matches first, and the rest keeps its order. Let me compare both on the recorded searches", hold: true, pace: 20, used: [8_200, 90] },
  ],
  "checkout is slow": [
    { say: "First a profile under load.", call: [["shell", { command: "k6 run checkout.js" }]], used: [18_400, 80] },
    { call: [["edit", { path: "src/pool.ts", before: "max: 10", after: "max: 40" }]], used: [19_150, 120] },
    { call: [["shell", { command: "k6 run checkout.js" }]], used: [19_700, 44] },
    { say: "The p99 is down to 41 ms: the connection pool was the queue.\n\n| requests/s | p99 before | p99 after |\n|---:|---:|---:|\n| 100 | 38 ms | 29 ms |\n| 200 | 112 ms | 34 ms |\n| 400 | 1,840 ms | 41 ms |\n\nThe database has room for 100 connections; 40 leave enough for the workers.", used: [20_310, 260] },
  ],
  "Run the nightly profile": [{ say: "p99 38 ms, as yesterday.", used: [31_000, 900] }],
  "Import the nightly export": [{ say: "All 41 tables imported, two rows skipped.", used: [22_500, 640] }],
  "Reconcile yesterday": [{ say: "312 payments, 1 without an invoice: #20817.", used: [14_900, 410] }],
  "Note what was merged": [{ say: "Noted 9 changes.", used: [8_300, 380] }],
  "March export": [{ say: "All 41 tables imported, two rows skipped: both have no customer.", used: [24_000, 520] }],
  "Safari": [{ say: "The font arrives late and the label has no height until then. A `min-height` mends it; merged in #512.", used: [9_900, 230] }],
  "Export the tokens": [{ say: "84 tokens as CSS and JSON, in `dist/`.", used: [6_100, 190] }],
  "Sum up last week": [{ say: "31 changes by 6 people. Largest: due dates, link checks, the new importer.", used: [17_200, 700] }],
};

/** Commands the agents run here, so that a picture needs no real project: each prints what it would. */
export const PROPS: Record<string, string> = {
  cargo: "sleep 1.2; printf 'running 118 tests\\n.....\\n\\ntest result: ok. 118 passed; 0 failed; finished in 4.21s\\n'",
  git: "case \"$1\" in log) printf '4f2c1aa Invoices have a due date\\n9be0d13 Rank exact matches first\\n77aa0e2 Resume exports\\n1c90f4d Login form: keep the label height\\n';; *) exec /usr/bin/git \"$@\";; esac",
  k6: "sleep 1.4; printf 'checkout p(99)=41.2ms  400 rps  0 errors\\n'",
  pnpm: "printf '> docs@2.4.0 build\\n> vitepress build --check-links\\n\\n'; n=1; while [ $n -le 5000 ]; do printf 'checked guide/install.md#%s\\n' $n; n=$((n+1)); sleep 2; done",
};
