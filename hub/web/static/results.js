// An answer as a table, page by page, with names for IRIs; above it the picture that fits it.
"use strict";

const PAGE = 100; // rows in the page at a time, of however many there are
const NAMED = 500; // things whose names are asked for at a time
const NUMBERS = /#(integer|decimal|double|float|int|long|short|byte|nonNegativeInteger|positiveInteger|unsignedInt)$/;
const DATES = /#(date|dateTime|gYear|gYearMonth)$/;

export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  element.append(...inside);
  return element;
}

export const isNumber = (term) => term?.type === "literal" && NUMBERS.test(term.datatype ?? "") && isFinite(term.value);
export const isDate = (term) => term?.type === "literal" && DATES.test(term.datatype ?? "");

// An answer in SPARQL's JSON; of one that is cut, the rows that are whole.
export function readRows(text, cut) {
  if (!cut) return JSON.parse(text);
  for (let at = text.length, tries = 0; at > 0 && tries < 50; tries += 1) {
    at = text.lastIndexOf("},{", at - 1); // between rows, or within a text
    try {
      return JSON.parse(`${text.slice(0, at + 1)}]}}`);
    } catch {
      continue;
    }
  }
  return { head: { vars: [] }, results: { bindings: [] } };
}

// The graph of a CONSTRUCT or DESCRIBE, in N-Triples, as rows of three columns.
function readTriples(text) {
  const term = /(?:<([^>]*)>|_:(\S+)|"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?)\s*/y;
  const unescape = (value) => value.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_, short, long, one) => (one ? { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" }[one] ?? one : String.fromCodePoint(parseInt(short ?? long, 16))));
  const columns = ["subject", "predicate", "object"];
  const rows = [];
  for (const line of text.split("\n")) {
    const row = {};
    term.lastIndex = 0;
    for (const column of columns) {
      const found = term.exec(line);
      if (!found) break;
      const [, iri, blank, literal, language, datatype] = found;
      if (iri !== undefined) row[column] = { type: "uri", value: unescape(iri) };
      else if (blank !== undefined) row[column] = { type: "bnode", value: blank };
      else row[column] = { type: "literal", value: unescape(literal), "xml:lang": language, datatype };
    }
    if (row.object) rows.push(row);
  }
  return { columns, rows };
}

// Names of things, asked for once each.
export class Names {
  constructor(signal) {
    this.known = new Map();
    this.countries = new Map();
    this.map = null;
    this.signal = signal;
  }

  async ask(iris, drawn = false) {
    const wanted = [...new Set(iris)].filter((iri) => drawn || !this.known.has(iri));
    for (let at = 0; at < wanted.length; at += NAMED) {
      const body = new URLSearchParams(wanted.slice(at, at + NAMED).map((iri) => ["iri", iri]));
      if (drawn) body.append("map", "yes");
      const reply = await fetch("/names", { method: "POST", body, signal: this.signal }).catch(() => null);
      if (!reply?.ok) return;
      const found = await reply.json();
      for (const [iri, link] of Object.entries(found.names)) this.known.set(iri, link);
      for (const [iri, code] of Object.entries(found.countries ?? {})) this.countries.set(iri, code);
      if (found.map) this.map = { view: found.map.view, shapes: [...(this.map?.shapes ?? []), ...found.map.shapes] };
    }
  }

  say(term) {
    if (!term) return "";
    if (term.type === "uri") return this.known.get(term.value)?.label ?? term.value;
    return (term.type === "bnode" ? "_:" : "") + term.value;
  }

  link(term) {
    const text = this.say(term);
    if (term?.type !== "uri") return make("span", { dir: "auto", lang: term?.["xml:lang"] }, text);
    return make("a", { href: this.known.get(term.value)?.href ?? `/resource?${new URLSearchParams({ iri: term.value })}`, title: term.value, dir: "auto" }, text);
  }
}

function drawTable(result, names) {
  const { columns, rows } = result;
  const numeric = columns.map((column) => rows.slice(0, 200).every((row) => !row[column] || isNumber(row[column])));
  const body = make("tbody");
  const caption = make("caption");
  const table = make("table", {}, caption, make("thead", {}, make("tr", {}, ...columns.map((name, at) => make("th", { scope: "col", class: numeric[at] ? "number" : undefined }, name)))), body);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  let page = 0;
  const back = make("button", { type: "button", class: "quiet small" }, "← Previous");
  const on = make("button", { type: "button", class: "quiet small" }, "Next →");
  const place = make("span", { class: "small soft", role: "status" });
  const turn = async (to) => {
    page = to;
    const shown = rows.slice(page * PAGE, (page + 1) * PAGE);
    await names.ask(shown.flatMap((row) => Object.values(row).filter((term) => term.type === "uri").map((term) => term.value)));
    if (page !== to) return;
    body.replaceChildren(...shown.map((row) => make("tr", {}, ...columns.map((column, at) => make("td", { class: numeric[at] ? "number" : undefined }, row[column] ? names.link(row[column]) : "")))));
    const first = page * PAGE + 1;
    caption.textContent = rows.length > PAGE ? `Rows ${first.toLocaleString("en")} to ${(first + shown.length - 1).toLocaleString("en")} of ${rows.length.toLocaleString("en")}` : `${rows.length} row${rows.length === 1 ? "" : "s"}`;
    place.textContent = `Page ${(page + 1).toLocaleString("en")} of ${pages.toLocaleString("en")}`;
    back.disabled = page === 0;
    on.disabled = page === pages - 1;
  };
  back.addEventListener("click", () => turn(page - 1));
  on.addEventListener("click", () => turn(page + 1));
  const parts = [make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Answer" }, table)];
  if (pages > 1) parts.push(make("nav", { class: "pager", "aria-label": "Pages of the answer" }, back, place, on));
  return { parts, ready: turn(0) };
}

// Shows an answer within `place`; what it was, in words. `chosen` and `tell` are of offerPictures.
export async function showResult(place, found, assets, signal, chosen, tell) {
  if (typeof found === "object" && "boolean" in found) {
    place.replaceChildren(make("p", { class: "notice" }, found.boolean ? "Yes." : "No."));
    return found.boolean ? "Yes" : "No";
  }
  const result = typeof found === "string" ? readTriples(found) : { columns: found.head.vars, rows: found.results.bindings };
  const names = new Names(signal);
  const told = `${result.rows.length.toLocaleString("en")} ${typeof found === "string" ? "statement" : "row"}${result.rows.length === 1 ? "" : "s"}`;
  const heading = make("h2", {}, "Result");
  const picture = make("div", { class: "picture" });
  const { parts, ready } = drawTable(result, names);
  place.replaceChildren(heading, picture, ...parts);
  await ready;
  if (result.rows.length && !signal.aborted) {
    const { offerPictures } = await import(assets.pictures);
    await offerPictures(picture, result, names, assets.world, chosen, tell);
  }
  return told;
}
