// The baseline: a fleet as somebody would write it in React, with Gaggle's styles and cards. It reads the same routes,
// draws only the cards near the eye, and filters and sorts what it has read.
import { useDeferredValue, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";

const USER = location.pathname.split("/")[2];
const ROW = 214;
const SPARE = 2;
const FILTERS = [["", "All"], ["needs-you", "Needs you"], ["awake", "Awake"], ["asleep", "Asleep"], ["failed", "Failed"]];
const SORTS = [["", "Attention first"], ["recent", "Last activity"], ["name", "Name"], ["newest", "Newest"], ["use", "Used most today"]];
const RANK = { wait: 0, ok: 1, busy: 2, bad: 3, ready: 4, idle: 5 };

/** The projects, live by the user's stream. */
const fleet = {
  projects: new Map(), list: [], known: false, watchers: new Set(),
  watch: (see) => (fleet.watchers.add(see), () => fleet.watchers.delete(see)),
  now: () => fleet.list,
  tell() {
    fleet.list = [...fleet.projects.values()];
    fleet.watchers.forEach((see) => see());
  },
};

function take(event, data) {
  if (event === "snapshot") for (const project of data.items) fleet.projects.set(project.id, project);
  else if (event === "project.deleted") fleet.projects.delete(data.id);
  else if (event.startsWith("project.")) fleet.projects.set(data.id, data);
  fleet.known ||= event === "snapshot" && (data.items.length > 0 || !data.more);
}

async function follow() {
  const response = await fetch(`/api/users/${USER}/events`, { headers: { accept: "text/event-stream" } });
  let text = "";
  for (const reader = response.body.pipeThrough(new TextDecoderStream()).getReader(); ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const one of events) {
      const kind = /^event: ?(.*)$/m.exec(one)?.[1];
      if (kind) take(kind, JSON.parse(/^data: ?(.*)$/m.exec(one)[1]));
    }
    fleet.tell();
  }
}

function look({ phase, activity }) {
  if (phase === "failed") return ["bad", "Failed"];
  if (phase === "activating") return ["busy", "Starting"];
  if (phase === "active") return activity.state === "waiting" ? ["wait", "Needs you"] : activity.state === "working" ? ["ok", "Working"] : ["ready", "Ready"];
  return ["idle", { deleting: "Deleting", deactivating: "Falling asleep", inactive: "Asleep" }[phase]];
}

const shows = {
  "": () => true,
  "needs-you": (one) => look(one)[0] === "wait",
  awake: (one) => /^activ/.test(one.phase),
  asleep: (one) => one.phase === "inactive" || one.phase === "deactivating",
  failed: (one) => one.phase === "failed",
};
const orders = {
  "": (a, b) => RANK[look(a)[0]] - RANK[look(b)[0]] || orders.recent(a, b),
  recent: (a, b) => b.lastActivityAt.localeCompare(a.lastActivityAt),
  name: (a, b) => a.name.localeCompare(b.name),
  newest: (a, b) => b.createdAt.localeCompare(a.createdAt),
  use: (a, b) => b.activity.tokensToday - a.activity.tokensToday,
};

const ago = (at) => {
  const minutes = Math.floor((Date.now() - Date.parse(at)) / 60_000);
  return minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
};
const Icon = ({ path }) => <svg className="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={path} /></svg>;

function Card({ project, chosen, onTick }) {
  const [tone, word] = look(project);
  const summary = project.activity.summary.trim() || "Nothing said yet. A message wakes it.";
  const act = (what) => fetch(`/api/users/${USER}/projects/${project.id}/${what}`, { method: "POST", headers: { prefer: "respond-async" } });
  return (
    <article className={`card${chosen ? " chosen" : ""}`}>
      <div className="card-head">
        <label className="tick"><input type="checkbox" className="box" aria-label={`Select ${project.name}`} checked={chosen} onChange={() => onTick(project.id)} /></label>
        <h2><a href={`/u/${USER}/p/${project.id}`}>{project.name}</a></h2>
        <span className={`pill ${tone}`}><i className={`dot ${tone}`} />{word}</span>
      </div>
      <p className="now"><span className="says">{summary}</span></p>
      <div className="card-acts">
        <button className="btn small" aria-label={`Wake ${project.name}`} onClick={() => act("activate")}>Wake</button>
        <span className="grow" />
        <button className="btn ghost small square reveal" aria-label={`Delete ${project.name}`} title="Delete"><Icon path="M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13" /></button>
      </div>
      <footer><span>{project.activity.tokensToday > 0 && `${project.activity.tokensToday} tokens`}</span><span className="grow" /><span>{ago(project.lastActivityAt)}</span></footer>
    </article>
  );
}

function Cards({ list }) {
  const scroller = useRef(null);
  const [seen, setSeen] = useState({ top: 0, height: innerHeight, width: innerWidth - 300 });
  const [chosen, setChosen] = useState(new Set());
  const tick = (id) => setChosen((old) => new Set(old.has(id) ? [...old].filter((one) => one !== id) : [...old, id]));
  const measure = () => setSeen({ top: scroller.current.scrollTop, height: scroller.current.clientHeight, width: scroller.current.clientWidth - 48 });
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);
  const across = Math.max(1, Math.floor(seen.width / 288));
  const first = Math.max(0, Math.floor(seen.top / ROW) - SPARE) * across;
  const end = (Math.ceil((seen.top + seen.height) / ROW) + SPARE) * across;
  return (
    <div className="scroller" ref={scroller} onScroll={measure} tabIndex={-1}>
      <ul className="long cards" role="list" aria-label="Projects" style={{ height: Math.ceil(list.length / across) * ROW }}>
        {list.slice(first, end).map((project, n) => {
          const at = first + n;
          const style = { transform: `translateY(${Math.floor(at / across) * ROW}px)`, left: `${((at % across) * 100) / across}%`, width: `${100 / across}%` };
          return <li key={project.id} style={style} aria-posinset={at + 1} aria-setsize={list.length}><Card project={project} chosen={chosen.has(project.id)} onTick={tick} /></li>;
        })}
      </ul>
    </div>
  );
}

function Fleet() {
  const all = useSyncExternalStore(fleet.watch, fleet.now);
  const [users, setUsers] = useState([]);
  const [info, setInfo] = useState(null);
  const [search, setSearch] = useState("");
  const [show, setShow] = useState("");
  const [sort, setSort] = useState("");
  const sought = useDeferredValue(search.toLowerCase());
  useEffect(() => {
    const read = (path) => fetch(path).then((answer) => answer.json());
    read("/api/users?limit=200").then((list) => setUsers(list.items));
    read("/api/info").then(setInfo);
  }, []);
  const list = useMemo(() => all.filter((one) => shows[show](one) && one.name.toLowerCase().includes(sought)).sort(orders[sort]), [all, show, sort, sought]);
  return (
    <div className="app">
      <aside className="side">
        <div className="side-head"><a className="home" href={`/u/${USER}`}>Gaggle</a></div>
        <label className="user-switch"><select value={USER} onChange={(event) => (location.pathname = `/u/${event.target.value}`)}>{users.map((user) => <option key={user.id} value={user.id}>{user.name}</option>)}</select></label>
        <nav className="nav" aria-label="Main">{["Projects", "Approvals", "Usage", "Status"].map((name) => <a key={name} href={`/u/${USER}`}>{name}{name === "Projects" && <span className="n">{all.length}</span>}</a>)}</nav>
        <nav className="nav flock" aria-label="Your projects"><div className="group"><h2>Asleep</h2><ul>{all.slice(0, 8).map((one) => <li key={one.id}><a href={`/u/${USER}/p/${one.id}`}><i className={`dot ${look(one)[0]}`} /><span>{one.name}</span></a></li>)}</ul></div></nav>
        <div className="side-foot">{info && <p className="where-line">{info.runtime}<br />{info.model} · Gaggle {info.version}</p>}</div>
      </aside>
      <main id="main" className="main" tabIndex={-1}>
        <header className="page-bar"><h1>Projects</h1><span className="grow" /><button className="btn primary">New project</button></header>
        <div className="list-body">
          <div className="tools">
            <div className="filters" role="group" aria-label="Show">
              {FILTERS.map(([key, label]) => <button key={key} className="filter" aria-pressed={show === key} onClick={() => setShow(key)}>{label} <span className="n">{all.filter(shows[key]).length}</span></button>)}
            </div>
            <span className="grow" />
            <label className="input search"><input type="search" placeholder="Filter" value={search} onChange={(event) => setSearch(event.target.value)} /></label>
            <label className="select"><select value={sort} onChange={(event) => setSort(event.target.value)}>{SORTS.map(([key, label]) => <option key={key} value={key}>{label}</option>)}</select></label>
          </div>
          {fleet.known && <Cards list={list} />}
        </div>
      </main>
    </div>
  );
}

follow();
createRoot(document.getElementById("root")).render(<Fleet />);
