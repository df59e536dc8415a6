// Shows /api/openapi.json: operations by tag, each with its parameters, body and answers. Text is only ever set as text.
"use strict";

const METHODS = ["get", "post", "patch", "delete"];

function el(tag, text, className) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function refName(schema) {
  return schema.$ref ? schema.$ref.split("/").pop() : null;
}

// A schema in a few words: "Project", "List_User", "string | null".
function inWords(schema) {
  if (!schema) return "";
  const named = refName(schema);
  if (named) return named;
  const choice = schema.oneOf || schema.anyOf;
  if (choice) return choice.map(inWords).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `[${inWords(schema.items)}]`;
  return Array.isArray(schema.type) ? schema.type.join(" | ") : schema.type || "any";
}

// The fields of a schema as a list; what it names opens on demand, so that a circle costs nothing.
function fields(schema, all, depth) {
  const whole = refName(schema) ? all[refName(schema)] : schema;
  const list = el("ul");
  for (const part of whole.oneOf || whole.allOf || whole.anyOf || []) {
    const item = el("li");
    item.append(el("code", part.title || refName(part) || ""), part.description ? ` ${part.description}` : "");
    if (depth < 4) item.append(fields(part, all, depth + 1));
    list.append(item);
  }
  for (const [name, field] of Object.entries(whole.properties || {})) {
    const item = el("li");
    const needed = (whole.required || []).includes(name) ? "" : ", optional";
    item.append(el("code", name), `: ${inWords(field)}${needed}`, field.description ? ` — ${field.description}` : "");
    const inner = [field, field.items, ...(field.oneOf || [])].find((s) => s && refName(s));
    if (inner && depth < 6) {
      const more = el("details");
      more.append(el("summary", refName(inner)));
      more.addEventListener("toggle", () => {
        if (more.childElementCount === 1) more.append(fields(inner, all, depth + 1));
      }, { once: true });
      item.append(more);
    }
    list.append(item);
  }
  return list;
}

function content(body, all) {
  const box = el("div");
  for (const [kind, { schema }] of Object.entries(body.content || {})) {
    const line = el("p");
    line.append(el("code", kind), ` ${inWords(schema)}`);
    box.append(line);
    if (schema && (refName(schema) || schema.properties)) box.append(fields(schema, all, 0));
  }
  return box;
}

function operation(path, method, op, all) {
  const box = el("details");
  const head = el("summary");
  head.append(el("span", method.toUpperCase(), "method"), el("code", path), el("span", op.summary || op.description, "does"));
  box.append(head);
  box.dataset.text = `${method} ${path} ${op.summary || ""} ${op.description || ""}`.toLowerCase();
  box.addEventListener("toggle", () => {
    const inside = el("div");
    if (op.description) inside.append(el("p", op.description));
    if (op.parameters) {
      inside.append(el("h3", "Parameters"));
      const table = el("table");
      for (const parameter of op.parameters) {
        const row = table.insertRow();
        row.insertCell().append(el("code", parameter.name));
        row.insertCell().append(parameter.in, parameter.required ? "" : ", optional");
        row.insertCell().append(parameter.description || inWords(parameter.schema));
      }
      inside.append(table);
    }
    if (op.requestBody) inside.append(el("h3", "Body"), content(op.requestBody, all));
    for (const [status, answer] of Object.entries(op.responses || {})) {
      inside.append(el("h3", `${status}: ${answer.description}`), content(answer, all));
    }
    box.append(inside);
  }, { once: true });
  return box;
}

async function show() {
  const main = document.getElementById("operations");
  const document_ = await (await fetch("/api/openapi.json")).json();
  const all = (document_.components || {}).schemas || {};
  document.getElementById("about").textContent = `${document_.info.description.split("\n")[0]} Version ${document_.info.version}.`;
  main.replaceChildren();
  for (const tag of document_.tags) {
    const section = el("section");
    section.append(el("h2", tag.description || tag.name));
    for (const [path, operations] of Object.entries(document_.paths)) {
      for (const method of METHODS) {
        const op = operations[method];
        if (op && (op.tags || []).includes(tag.name)) section.append(operation(path, method, op, all));
      }
    }
    main.append(section);
  }
  document.getElementById("find").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const box of main.querySelectorAll("section > details")) box.hidden = !box.dataset.text.includes(wanted);
    for (const section of main.children) section.hidden = !section.querySelector(":scope > details:not([hidden])");
  });
}

show().catch((error) => {
  document.getElementById("operations").replaceChildren(el("p", `The description could not be read: ${error}`));
});
