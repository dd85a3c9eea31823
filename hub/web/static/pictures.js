// Pictures of an answer: a chart where columns are numbers, a map where they name places, a graph
// where they name two things each. Each is bounded, and says so; the table stands beside it.
"use strict";

const { make, isNumber, isDate } = await import(document.getElementById("workbench").dataset.results);

const BARS = 40, POINTS = 2_000, PLACES = 1_000, NODES = 120, EDGES = 300;
const WIDTH = 720, HEIGHT = 340, LEFT = 70, BOTTOM = 44, TOP = 14;

function draw(tag, attributes = {}, ...inside) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

const titled = (element, text) => (element.prepend(draw("title", {}, text)), element);

// A date as a number of days, from as much of it as is said.
function days(term) {
  const [, year, month, day] = /^(-?\d+)(?:-(\d\d))?(?:-(\d\d))?/.exec(term.value) ?? [];
  return year === undefined ? NaN : Date.UTC(year, (month ?? 1) - 1, day ?? 1) / 86_400_000;
}

const say = (number) => number.toLocaleString("en", { maximumSignificantDigits: 5 });

// Round steps over a range: 1, 2 or 5 times a power of ten.
function ticks(least, most, about = 5) {
  const rough = (most - least || 1) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough);
  const found = [];
  for (let at = Math.ceil(least / step - 1e-9) * step; at <= most + step * 1e-9; at += step) found.push(at + 0);
  return found;
}

function chooser(label, values, chosen, change) {
  const select = make("select", {}, ...values.map(([value, words]) => make("option", { value, selected: value === chosen }, words)));
  select.addEventListener("change", () => change(select.value));
  return make("label", {}, `${label} `, select);
}

// Chart

function drawChart(result, names, kind, x, y) {
  const rows = result.rows.filter((row) => row[x] && isNumber(row[y]));
  const value = (row) => Number(row[y].value);
  const shown = kind === "bar" ? rows.slice(0, BARS) : rows.slice(0, POINTS);
  const place = (row) => (isDate(row[x]) ? days(row[x]) : Number(row[x].value));
  const points = kind === "bar" ? [] : shown.map((row) => [place(row), value(row), row]).filter(([at]) => isFinite(at));
  if (kind === "line") points.sort((a, b) => a[0] - b[0]);
  const heights = shown.map(value);
  const least = Math.min(kind === "scatter" ? Infinity : 0, ...heights), most = Math.max(kind === "scatter" ? -Infinity : 0, ...heights);
  const high = HEIGHT - BOTTOM - TOP;
  const up = (number) => TOP + high - (high * (number - least)) / (most - least || 1);
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${kind} chart of ${y} by ${x}; the table below holds the same` });
  for (const at of ticks(least, most)) svg.append(draw("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: up(at), y2: up(at) }), draw("text", { x: LEFT - 8, y: up(at) + 4, "text-anchor": "end" }, say(at)));
  const along = WIDTH - LEFT - 12;
  if (kind === "bar") {
    const step = along / shown.length;
    const every = Math.ceil(shown.length / 12);
    shown.forEach((row, at) => {
      const label = names.say(row[x]);
      const [from, to] = [up(0), up(value(row))];
      svg.append(titled(draw("rect", { class: "mark", x: LEFT + at * step + step * 0.12, width: step * 0.76, y: Math.min(from, to), height: Math.max(1, Math.abs(from - to)) }), `${label}: ${say(value(row))}`));
      if (at % every === 0) svg.append(draw("text", { x: LEFT + (at + 0.5) * step, y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, label.length * 7 > step * every ? `${label.slice(0, Math.max(1, Math.floor((step * every) / 7) - 1))}…` : label));
    });
  } else {
    const places = points.map(([at]) => at);
    const [first, last] = [Math.min(...places), Math.max(...places)];
    const across = (at) => LEFT + 8 + ((along - 16) * (at - first)) / (last - first || 1);
    const dated = shown.some((row) => isDate(row[x]));
    for (const at of ticks(first, last, 6)) svg.append(draw("text", { x: across(at), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, dated ? new Date(at * 86_400_000).toISOString().slice(0, last - first > 1_500 ? 4 : 10) : say(at)));
    if (kind === "line") svg.append(draw("polyline", { class: "line", points: points.map(([at, number]) => `${across(at)},${up(number)}`).join(" ") }));
    for (const [at, number, row] of points) svg.append(titled(draw("circle", { class: "mark", cx: across(at), cy: up(number), r: points.length > 200 ? 2 : 4 }), `${names.say(row[x])}: ${say(number)}`));
  }
  svg.append(draw("text", { x: LEFT + along / 2, y: HEIGHT - 6, "text-anchor": "middle" }, x), draw("text", { x: 14, y: TOP + high / 2, transform: `rotate(-90 14 ${TOP + high / 2})`, "text-anchor": "middle" }, y));
  return [svg, shown.length < rows.length ? `The first ${shown.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows.` : ""];
}

// The columns that hold nothing else than what `is` says.
function columnsOf(result, is) {
  const some = result.rows.slice(0, 500);
  return result.columns.filter((column) => some.some((row) => row[column]) && some.every((row) => !row[column] || is(row[column])));
}

function offerChart(result, names) {
  const numbers = columnsOf(result, isNumber);
  if (!numbers.length || result.columns.length < 2) return null;
  const dates = columnsOf(result, isDate);
  return async (place) => {
    const measured = [...dates, ...numbers];
    let y = numbers.at(-1);
    let x = dates[0] ?? result.columns.find((column) => column !== y);
    let kind = dates.length ? "line" : "bar";
    const redraw = async () => {
      if (kind !== "bar" && !measured.includes(x)) kind = "bar";
      if (kind === "bar") await names.ask(result.rows.slice(0, BARS).map((row) => row[x]).filter((term) => term?.type === "uri").map((term) => term.value));
      const [svg, note] = drawChart(result, names, kind, x, y);
      const kinds = [["bar", "bars"], ...(measured.includes(x) ? [["line", "a line"], ["scatter", "points"]] : [])];
      const set = (change) => (value) => { change(value); redraw(); };
      place.replaceChildren(
        make("div", { class: "bar small" }, chooser("Draw", kinds, kind, set((value) => (kind = value))), chooser("across", result.columns.filter((c) => c !== y).map((c) => [c, c]), x, set((value) => (x = value))), chooser("upwards", numbers.filter((c) => c !== x).map((c) => [c, c]), y, set((value) => (y = value)))),
        make("figure", { class: "drawing" }, svg, make("figcaption", {}, note || `${y} by ${x}`)),
      );
    };
    await redraw();
  };
}

// Map

async function offerMap(result, names, world) {
  const things = (column) => [...new Set(result.rows.map((row) => row[column]).filter((term) => term?.type === "uri").map((term) => term.value))].slice(0, PLACES);
  const columns = [];
  for (const column of result.columns) {
    const some = things(column);
    if (!some.length) continue;
    await names.ask(some.slice(0, 20), true);
    if (some.slice(0, 20).filter((iri) => names.countries.has(iri)).length * 2 >= Math.min(20, some.length)) columns.push(column);
  }
  if (!columns.length) return null;
  const numbers = columnsOf(result, isNumber);
  return async (place) => {
    // Where each place has one row, its number is what was asked for; else rows are counted.
    const once = (column) => new Set(result.rows.map((row) => row[column]?.value)).size === result.rows.length;
    const show = async (column, measure = (once(column) && numbers.at(-1)) || "") => {
      names.map = null;
      await names.ask(things(column), true);
      const counts = new Map();
      for (const row of result.rows) {
        const code = names.countries.get(row[column]?.value);
        if (code) counts.set(code, (counts.get(code) ?? 0) + (measure ? Number(row[measure]?.value ?? 0) : 1));
      }
      const most = Math.max(...counts.values());
      const shapes = new Map(names.map.shapes.map((shape) => [shape.code, shape]));
      const svg = draw("svg", { viewBox: names.map.view.join(" "), role: "img", "aria-label": `Map of the countries of ${column}; the table below holds the same` }, draw("use", { class: "land", href: `${world}#land` }));
      const inWords = new Intl.DisplayNames(["en"], { type: "region" });
      for (const [code, count] of counts) {
        const shape = shapes.get(code);
        if (!shape) continue;
        const shade = { class: "lit", "fill-opacity": (0.35 + (0.65 * Math.max(0, count)) / (most > 0 ? most : 1)).toFixed(2) };
        svg.append(titled(shape.path ? draw("path", { ...shade, d: shape.path }) : draw("circle", { ...shade, cx: shape.dot[0], cy: shape.dot[1], r: 6 }), `${inWords.of(code)}: ${say(count)}`));
      }
      const listed = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8).map(([code, count]) => `${inWords.of(code)} ${say(count)}`);
      const choosers = [
        ...(columns.length > 1 ? [chooser("Places of", columns.map((c) => [c, c]), column, (other) => show(other))] : []),
        ...(numbers.length ? [chooser("Shaded by", [["", "rows"], ...numbers.map((c) => [c, c])], measure, (other) => show(column, other))] : []),
      ];
      place.replaceChildren(
        ...(choosers.length ? [make("div", { class: "bar small" }, ...choosers)] : []),
        make("figure", { class: "map" }, svg, make("figcaption", {}, `${measure || "Rows"} by country: ${listed.join(", ")}${counts.size > 8 ? ", …" : ""}`)),
      );
    };
    await show(columns[0]);
  };
}

// Graph

const WIDE = 1_000, STRETCH = 2.5;

function layOut(nodes, edges, high) {
  // Fruchterman and Reingold: what is tied attracts, everything else repels, and it cools down.
  // Names are wide and low, so it is done in a space that is stretched sideways at the end.
  const wide = WIDE / STRETCH;
  const k = 0.75 * Math.sqrt((wide * high) / nodes.length);
  nodes.forEach((node, at) => Object.assign(node, { x: wide / 2 + 0.3 * wide * Math.cos(at * 2.4) * Math.sqrt((at + 1) / nodes.length), y: high / 2 + 0.3 * high * Math.sin(at * 2.4) * Math.sqrt((at + 1) / nodes.length) }));
  for (let heat = 90; heat > 1; heat *= 0.97) {
    for (const one of nodes) {
      one.dx = (wide / 2 - one.x) * 0.12;
      one.dy = (high / 2 - one.y) * 0.12;
      for (const other of nodes) {
        if (other === one) continue;
        const [dx, dy] = [one.x - other.x || 0.1, one.y - other.y || 0.1];
        const apart = dx * dx + dy * dy;
        if (apart > 9 * k * k) continue; // so that pieces without ties do not flee to the edges
        const push = (k * k) / apart;
        one.dx += dx * push;
        one.dy += dy * push;
      }
    }
    for (const { from, to } of edges) {
      const [dx, dy] = [from.x - to.x, from.y - to.y];
      const pull = Math.hypot(dx, dy) / k;
      from.dx -= dx * pull; from.dy -= dy * pull;
      to.dx += dx * pull; to.dy += dy * pull;
    }
    for (const node of nodes) {
      const far = Math.hypot(node.dx, node.dy) || 1;
      node.x = Math.min(wide - 36, Math.max(36, node.x + (node.dx / far) * Math.min(far, heat)));
      node.y = Math.min(high - 24, Math.max(24, node.y + (node.dy / far) * Math.min(far, heat)));
    }
  }
  for (const node of nodes) node.x *= STRETCH;
}

function offerGraph(result, names) {
  const things = (column) => result.rows.slice(0, 500).some((row) => row[column]?.type === "uri") && result.rows.slice(0, 500).filter((row) => row[column] && row[column].type !== "uri").length === 0;
  const triples = ["subject", "predicate", "object"].every((column) => result.columns.includes(column)) || ["s", "p", "o"].every((column) => result.columns.includes(column));
  const ends = triples ? [result.columns[0], result.columns[2]] : result.columns.filter(things).slice(0, 2);
  const between = triples ? result.columns[1] : null;
  if (ends.length < 2) return null;
  return async (place) => {
    const nodes = new Map();
    const edges = new Map();
    let left = 0;
    for (const row of result.rows) {
      const [from, to] = ends.map((column) => row[column]);
      if (from?.type !== "uri" || to?.type !== "uri" || from.value === to.value) continue;
      const fresh = [from, to].filter((term) => !nodes.has(term.value)).length;
      const key = `${from.value} ${to.value}`;
      if (nodes.size + fresh > NODES || (edges.size >= EDGES && !edges.has(key))) { left += 1; continue; }
      for (const term of [from, to]) if (!nodes.has(term.value)) nodes.set(term.value, { term });
      const edge = edges.get(key) ?? { from: nodes.get(from.value), to: nodes.get(to.value), terms: [] };
      if (between && row[between]) edge.terms.push(row[between]);
      edges.set(key, edge);
    }
    if (!nodes.size) return place.replaceChildren(make("p", { class: "small soft" }, "No row ties two different things."));
    const drawn = [...edges.values()];
    await names.ask([...nodes.keys(), ...drawn.flatMap((edge) => edge.terms.map((term) => term.value))]);
    const high = Math.min(1_000, 300 + 9 * nodes.size);
    layOut([...nodes.values()], drawn, high);
    const svg = draw("svg", { viewBox: `0 0 ${WIDE} ${high}`, role: "group", "aria-label": `Graph of ${nodes.size} things; the table below holds the same` });
    for (const { from, to, terms } of drawn) svg.append(titled(draw("line", { class: "edge", x1: from.x, y1: from.y, x2: to.x, y2: to.y }), `${names.say(from.term)} ${terms.map((term) => names.say(term)).join(", ")} ${names.say(to.term)}`));
    for (const node of nodes.values()) {
      const label = names.say(node.term);
      const link = draw("a", { href: names.link(node.term).getAttribute("href") }, draw("circle", { class: "mark", cx: node.x, cy: node.y, r: 6 }), draw("text", { x: node.x, y: node.y - 10, "text-anchor": "middle" }, label.length > 26 ? `${label.slice(0, 25)}…` : label));
      svg.append(titled(link, label));
    }
    const note = left ? `${nodes.size} things; ${left.toLocaleString("en")} more row${left === 1 ? "" : "s"} would be too many to draw.` : `${nodes.size} things and ${drawn.length} ties between them.`;
    place.replaceChildren(make("figure", { class: "drawing" }, svg, make("figcaption", {}, note)));
  };
}

// Offers the pictures that an answer allows; none is drawn before it is wanted.
// `chosen` is the name of the picture that is shown at once; `tell` is told which one is shown then.
export async function offerPictures(place, result, names, world, chosen, tell) {
  const offered = [["chart", offerChart(result, names)], ["map", await offerMap(result, names, world)], ["graph", offerGraph(result, names)]].filter(([, show]) => show);
  if (!offered.length) return;
  const canvas = make("div");
  const buttons = offered.map(([name, show]) => {
    const button = make("button", { type: "button", class: "quiet small", "aria-pressed": "false" }, `Show as ${name}`);
    button.addEventListener("click", async () => {
      const pressed = button.getAttribute("aria-pressed") === "true";
      for (const other of buttons) other.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-pressed", String(!pressed));
      canvas.replaceChildren();
      tell(pressed ? "" : name);
      if (!pressed) await show(canvas);
    });
    return button;
  });
  place.replaceChildren(make("div", { class: "bar", role: "group", "aria-label": "Pictures of the answer" }, ...buttons), canvas);
  buttons[offered.findIndex(([name]) => name === chosen)]?.click();
}
