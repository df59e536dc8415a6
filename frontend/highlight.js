// Colours code. Fetched with the first block of code that names a language, and never before.
// gaggleHighlight(text, language) gives [class, text, class, text, …]; joined, the texts are the code. Classes:
// k keyword, s string, c comment, n number, f function, t type, a attribute or key, i inserted, d deleted, "" the rest.
const words = (text) => new Set(text.split(" "));
const C = "if else for while do switch case default break continue return goto sizeof struct enum union typedef static const volatile extern inline void int char long short unsigned signed float double bool true false NULL";
const JS = "async await break case catch class const continue debugger default delete do else export extends false finally for from function get if import in instanceof let new null of return set static super switch this throw true try typeof undefined var void while with yield as enum implements interface type namespace readonly declare abstract private public protected keyof satisfies";
const languages = {
  rust: { k: words("as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while macro_rules"), line: "//", block: ["/*", "*/"], quotes: '"', char: true, types: true },
  javascript: { k: words(JS), line: "//", block: ["/*", "*/"], quotes: "\"'`", types: true },
  python: { k: words("and as assert async await break class continue def del elif else except False finally for from global if import in is lambda match case None nonlocal not or pass raise return self True try while with yield"), line: "#", triple: true, quotes: "\"'", types: true },
  go: { k: words("break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false string int int64 uint byte rune error bool any"), line: "//", block: ["/*", "*/"], quotes: "\"'`", types: true },
  c: { k: words(C + " class public private protected virtual override template typename namespace using new delete this throw try catch auto nullptr constexpr"), line: "//", block: ["/*", "*/"], quotes: "\"'", types: true, hash: true },
  java: { k: words("abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for if implements import instanceof int interface long native new null package private protected public return short static super switch synchronized this throw throws transient true false try void volatile while var record sealed string using namespace async await out ref get set fun val when object override data companion"), line: "//", block: ["/*", "*/"], quotes: "\"'", types: true },
  shell: { k: words("if then else elif fi for in do done while until case esac function return exit local export set unset echo cd source alias sudo readonly shift trap"), line: "#", quotes: "\"'", variable: true },
  sql: { k: words("select from where and or not insert into values update set delete create table index view drop alter add column primary key foreign references unique default null is in like between join left right inner outer on group by order having limit offset union all as distinct case when then else end begin commit rollback if exists integer text varchar boolean date timestamp with returning"), fold: true, line: "--", block: ["/*", "*/"], quotes: "'\"" },
  json: { k: words("true false null"), quotes: '"', keys: true },
  yaml: { k: words("true false null yes no"), line: "#", quotes: "\"'", keys: true },
  toml: { k: words("true false"), line: "#", quotes: "\"'", keys: true },
  css: { k: words("important from to and not only"), block: ["/*", "*/"], quotes: "\"'", keys: true },
  docker: { k: words("FROM RUN CMD COPY ADD ENV ARG WORKDIR EXPOSE ENTRYPOINT USER VOLUME LABEL AS HEALTHCHECK SHELL"), line: "#", quotes: "\"'", variable: true },
  markup: { markup: true },
  diff: { diff: true },
};
const names = { rs: "rust", js: "javascript", jsx: "javascript", ts: "javascript", tsx: "javascript", typescript: "javascript", mjs: "javascript", py: "python", golang: "go", "c++": "c", cpp: "c", h: "c", hpp: "c", "c#": "java", cs: "java", csharp: "java", kotlin: "java", kt: "java", swift: "java", sh: "shell", bash: "shell", zsh: "shell", console: "shell", fish: "shell", jsonc: "json", json5: "json", yml: "yaml", ini: "toml", conf: "toml", scss: "css", less: "css", dockerfile: "docker", html: "markup", xml: "markup", svg: "markup", vue: "markup", patch: "diff" };

// A tag that is longer is none, or one that nobody reads.
const TAG = 2000;
const word = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const number = /(?:0[xob])?\d[\da-fA-F_]*(?:\.\d+)?(?:[eE][+-]?\d+)?[a-z\d]*/y;
const at = (pattern, text, from) => { pattern.lastIndex = from; return pattern.exec(text)?.[0]; };

function push(out, kind, text) {
  if (!text) return;
  if (out.length && out[out.length - 2] === kind) out[out.length - 1] += text;
  else out.push(kind, text);
}

/** To the closing quote, or the end of the line where a string may not go on. */
function string(text, from, quote, lines) {
  let i = from + quote.length;
  while (i < text.length) {
    if (text[i] === "\\") i += 2;
    else if (text.startsWith(quote, i)) return i + quote.length;
    else if (text[i] === "\n" && !lines) return i;
    else i += 1;
  }
  return text.length;
}

function diff(text) {
  const out = [];
  for (const line of text.split(/(?<=\n)/)) {
    const kind = /^(\+\+\+|---|diff |index )/.test(line) ? "c" : line[0] === "+" ? "i" : line[0] === "-" ? "d" : line.startsWith("@@") ? "a" : "";
    push(out, kind, line);
  }
  return out;
}

/** Not between the halves of a character. */
const whole = (text, i) => (/[\ud800-\udbff]/.test(text[i - 1]) && /[\udc00-\udfff]/.test(text[i]) ? i + 1 : i);

/** One pass: a pattern that looks ahead from every letter of a long name takes seconds. */
function tag(out, text) {
  let from = 0;
  for (const found of text.matchAll(/"[^"]*"|'[^']*'|<\/?[\w:-]+|[\w:-]+|\/?>/g)) {
    const [piece] = found, end = found.index + piece.length;
    const kind = /^["']/.test(piece) ? "s" : /^[<>/]/.test(piece) ? "k" : text[end] === "=" ? "a" : "";
    push(out, "", text.slice(from, found.index));
    push(out, kind, piece);
    from = end;
  }
  push(out, "", text.slice(from));
}

function markup(text) {
  const out = [];
  let i = 0;
  while (i < text.length) {
    if (text.startsWith("<!--", i)) {
      const end = text.indexOf("-->", i);
      const to = end < 0 ? text.length : end + 3;
      push(out, "c", text.slice(i, to));
      i = to;
    } else if (text[i] === "<") {
      const end = text.indexOf(">", i);
      const to = whole(text, Math.min(end < 0 ? text.length : end + 1, i + TAG));
      tag(out, text.slice(i, to));
      i = to;
    } else {
      const next = text.indexOf("<", i);
      const to = next < 0 ? text.length : next;
      push(out, "", text.slice(i, to));
      i = to;
    }
  }
  return out;
}

function code(text, l) {
  const out = [];
  let i = 0;
  while (i < text.length) {
    const c = text[i];
    let kind = "", to = i + 1;
    if (l.block && text.startsWith(l.block[0], i)) {
      const end = text.indexOf(l.block[1], i + 2);
      kind = "c"; to = end < 0 ? text.length : end + l.block[1].length;
    } else if (l.line && text.startsWith(l.line, i) && (l.line !== "#" || i === 0 || /\s/.test(text[i - 1]))) {
      const end = text.indexOf("\n", i);
      kind = "c"; to = end < 0 ? text.length : end;
    } else if (l.triple && (text.startsWith('"""', i) || text.startsWith("'''", i))) {
      kind = "s"; to = string(text, i, text.slice(i, i + 3), true);
    } else if (l.quotes?.includes(c)) {
      kind = "s"; to = string(text, i, c, c === "`" || l === languages.shell || l === languages.rust);
      if (l.keys && /^\s*[:=]/.test(text.slice(to, to + 20))) kind = "a";
    } else if (l.char && c === "'" && /^'(\\.[^']*|[^\\'])'/u.test(text.slice(i, i + 12))) {
      kind = "s"; to = text.indexOf("'", i + (text[i + 1] === "\\" ? 3 : 2)) + 1;
    } else if (l.variable && c === "$") {
      kind = "a"; to = i + (/^\$(\{[^}\n]*\}|\w+|.)?/u.exec(text.slice(i, i + 80))?.[0].length ?? 1);
    } else if (l.hash && c === "#") {
      kind = "a"; to = i + (/^#\w*/.exec(text.slice(i, i + 20))[0].length);
    } else if (/\d/.test(c)) {
      kind = "n"; to = i + at(number, text, i).length;
    } else {
      const found = at(word, text, i);
      if (found) {
        to = i + found.length;
        if (l.keys) { const dashed = /^[\w-]+/.exec(text.slice(i, i + 80)); if (dashed) to = Math.max(to, i + dashed[0].length); }
        const next = text.slice(to, to + 2);
        if (l.keys && /^\s*[:=]/.test(text.slice(to, to + 12))) kind = "a";
        else if (l.k.has(l.fold ? found.toLowerCase() : found)) kind = "k";
        else if (next[0] === "(" || next === "!(") kind = "f";
        else if (l.types && /^\p{Lu}/u.test(found)) kind = "t";
      }
    }
    push(out, kind, text.slice(i, to));
    i = to;
  }
  return out;
}

globalThis.gaggleHighlight = (text, language) => {
  const name = language.toLowerCase();
  const l = Object.hasOwn(languages, name) ? languages[name] : Object.hasOwn(names, name) ? languages[names[name]] : undefined;
  if (!l) return ["", text];
  return l.diff ? diff(text) : l.markup ? markup(text) : code(text, l);
};
