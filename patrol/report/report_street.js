"use strict";
// What the map says of the nearest street, found in a grid of 50 m cells.

const CELL = 50 * night.unitsPerM;
const cells = new Map();
streets.forEach((line, id) => {
  for (let i = 0; i + 3 < line.length; i += 2) {
    const [x, y, x2, y2] = line.slice(i, i + 4);
    for (let cx = Math.floor(Math.min(x, x2) / CELL); cx <= Math.max(x, x2) / CELL; cx++) {
      for (let cy = Math.floor(Math.min(y, y2) / CELL); cy <= Math.max(y, y2) / CELL; cy++) {
        const key = `${cx},${cy}`;
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push([id, x, y, x2, y2]);
      }
    }
  }
});

function nearest({ x, y }, within) {
  let best = null;
  let bestOff = within;
  const reach = Math.min(Math.ceil(within / CELL), 6);
  const [cx, cy] = [Math.floor(x / CELL), Math.floor(y / CELL)];
  for (let i = cx - reach; i <= cx + reach; i++) {
    for (let j = cy - reach; j <= cy + reach; j++) {
      for (const [id, ...piece] of cells.get(`${i},${j}`) ?? []) {
        // A street that is driven wins over a footway drawn beside it.
        const off = distance(x, y, piece) + (rateClass[id] < 0 ? within / 2 : 0);
        if (off < bestOff) [best, bestOff] = [id, off];
      }
    }
  }
  return best;
}

function distance(x, y, [x1, y1, x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(Math.max(along, 0), 1);
  return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}

let waiting = null;
function point(event) {
  if (!waiting) requestAnimationFrame(() => { showTip(waiting); waiting = null; });
  waiting = event;
}

function showTip(event) {
  const street = nearest(toMap(event), 14 / pixelsPerUnit());
  pick(street);
  tip.hidden = street === null;
  if (street === null) return;
  tip.replaceChildren(...tipLines(street));
  const box = stage.getBoundingClientRect();
  const x = event.clientX - box.left + 16;
  const y = event.clientY - box.top + 16;
  tip.style.left = `${Math.max(4, Math.min(x, box.width - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(4, Math.min(y, box.height - tip.offsetHeight - 8))}px`;
}

function tipLines(street) {
  const words = night.words;
  const lines = [["b", night.names[night.nameOf[street]] || words.tip_unnamed]];
  if (rateClass[street] < 0) {
    const reason = night.reasons[night.reason[street]];
    return [...lines, ["span", fill(words.tip_out, { reason })]].map(toElement);
  }
  const shares = Object.entries(night.shares).map(([name, values]) => [name, values[street]]);
  const rate = shares.reduce((sum, [, value]) => sum + value, 0);
  const total = fill(words.tip_rate, { rate: short(rate), hours: words.hours });
  const must = required.has(street) ? `, ${words.tip_required}` : "";
  lines.push(["span", total + must]);
  for (const [name, value] of shares) {
    lines.push(["span", `${name} ${short(value)}`, "share"]);
  }
  const concern = night.concern[street];
  lines.push(["span", fill(words.tip_concern, { value: concern })]);
  return [...lines, ...served(street)].map(toElement);
}

function served(street) {
  const words = night.words;
  const found = services.get(street);
  if (!found) return [["span", words.tip_not_served]];
  return [...new Set(found.map(([robot]) => robot))].map((robot) => {
    const times = found.filter(([r]) => r === robot).map(([, t]) => clock(t)).join(", ");
    return ["span", fill(words.tip_served, { robot: words.robots[robot], times })];
  });
}

function toElement([name, text, kind]) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

const short = (value) => Number(value.toPrecision(3)).toLocaleString("en");

const picked = document.createElementNS(SVG, "path");
picked.setAttribute("class", "picked");
svg.insertBefore(picked, document.getElementById("layer-events"));
function pick(street) {
  picked.setAttribute("d", street === null ? "" : toPath(streets[street]));
}

function toPath(line) {
  return line.length ? `M${line.join(" ")}` : "";
}
