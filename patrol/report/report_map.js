"use strict";
// The map: lines, view, layers, names. It asks no network: all is in the page.

const root = document.documentElement;
addEventListener("error", (event) => { root.dataset.error = event.message; });

const SVG = "http://www.w3.org/2000/svg";
const night = JSON.parse(document.getElementById("night").textContent);
const svg = document.getElementById("map");
const stage = svg.parentElement;
const tip = document.getElementById("tip");
const [width, height] = night.size;
const view = { x: 0, y: 0, w: width, h: height };
const fill = (sentence, gaps) =>
  sentence.replace(/\{(\w+)\}/g, (all, key) => gaps[key] ?? all);

// --- Lines: read back from the drawing, so that nothing is in the page twice ---

// "M x y l dx dy ..." of many lines -> list of flat arrays of absolute places.
function linesOf(path) {
  return (path.getAttribute("d") || "").split("M").slice(1).map((text) => {
    const numbers = text.match(/-?\d+/g).map(Number);
    for (let i = 2; i < numbers.length; i++) numbers[i] += numbers[i - 2];
    return numbers;
  });
}

const streets = new Array(night.nameOf.length);
const rateClass = new Array(streets.length).fill(-1);
for (const [key, ids] of Object.entries(night.paths)) {
  const lines = linesOf(svg.querySelector(`[data-streets="${key}"]`));
  ids.forEach((id, i) => {
    streets[id] = lines[i];
    if (key.startsWith("risk-")) rateClass[id] = Number(key.slice(5));
  });
}
const required = new Set(night.required);
const services = new Map();
night.routes.forEach((route, robot) => route.streets.forEach((street, i) => {
  if (!route.served[i]) return;
  if (!services.has(street)) services.set(street, []);
  services.get(street).push([robot, route.depart[i]]);
}));

// --- View: pan, zoom, scale bar, pins that keep their size ---

function pixelsPerUnit() {
  return Math.min(stage.clientWidth / view.w, stage.clientHeight / view.h) || 1;
}

function show() {
  svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
  const scale = 1 / pixelsPerUnit();
  for (const pin of svg.querySelectorAll(".pin")) {
    const { x, y } = pin.dataset;
    pin.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
  }
  showScale();
  showLabels();
  showTime();
}

// Drawn in the map's own units: right at any size, on the screen and on paper.
function showScale() {
  const scale = 1 / pixelsPerUnit();
  const units = (step) => step * night.unitsPerM;
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000];
  const metres = steps.find((step) => units(step) >= 70 * scale) ?? steps.at(-1);
  const [bar, text] = document.getElementById("scale").children;
  const x = view.x + 6 * scale;
  const y = view.y + view.h - 10 * scale;
  bar.setAttribute("d", `M${x} ${y - 6 * scale}V${y}h${units(metres)}v${-6 * scale}`);
  text.setAttribute("transform", `translate(${x} ${y - 13 * scale}) scale(${scale})`);
  text.textContent = metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
}

function toMap(event) {
  const point = new DOMPoint(event.clientX, event.clientY);
  return point.matrixTransform(svg.getScreenCTM().inverse());
}

function zoom(factor, at = { x: view.x + view.w / 2, y: view.y + view.h / 2 }) {
  const w = Math.min(Math.max(view.w / factor, width / 60), width * 1.5);
  const by = w / view.w;
  view.x = at.x - (at.x - view.x) * by;
  view.y = at.y - (at.y - view.y) * by;
  view.w = w;
  view.h *= by;
  show();
}

function move(dx, dy) {
  view.x += dx;
  view.y += dy;
  show();
}

function showAll() {
  Object.assign(view, { x: 0, y: 0, w: width, h: height });
  show();
}

const fingers = new Map();
svg.addEventListener("pointerdown", (event) => {
  fingers.set(event.pointerId, event);
  svg.setPointerCapture(event.pointerId);
  svg.classList.add("moving");
});
svg.addEventListener("pointermove", (event) => {
  const last = fingers.get(event.pointerId);
  if (!last) { point(event); return; }
  tip.hidden = true;
  if (fingers.size === 2) pinch(last, event);
  else {
    const scale = 1 / pixelsPerUnit();
    move((last.clientX - event.clientX) * scale, (last.clientY - event.clientY) * scale);
  }
  fingers.set(event.pointerId, event);
});
for (const name of ["pointerup", "pointercancel"]) {
  svg.addEventListener(name, (event) => {
    fingers.delete(event.pointerId);
    svg.classList.remove("moving");
    if (name === "pointerup") point(event);
  });
}
svg.addEventListener("pointerleave", () => { tip.hidden = true; pick(null); });

function pinch(last, now) {
  const other = [...fingers.values()].find((e) => e.pointerId !== now.pointerId);
  const apart = (e) => Math.hypot(e.clientX - other.clientX, e.clientY - other.clientY);
  zoom(apart(now) / Math.max(apart(last), 1), toMap(other));
}

svg.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && document.activeElement !== svg) return;
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 400), toMap(event));
}, { passive: false });
svg.addEventListener("keydown", (event) => {
  const step = view.w / 8;
  const keys = {
    ArrowLeft: () => move(-step, 0), ArrowRight: () => move(step, 0),
    ArrowUp: () => move(0, -step), ArrowDown: () => move(0, step),
    "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: showAll,
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
document.getElementById("zoom-in").addEventListener("click", () => zoom(1.5));
document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.5));
document.getElementById("zoom-all").addEventListener("click", showAll);
new ResizeObserver(show).observe(stage);
matchMedia("print").addEventListener("change", show);

for (const box of document.querySelectorAll("[data-layer]")) {
  const layer = document.getElementById(box.dataset.layer);
  const apply = () => layer.classList.toggle("off", !box.checked);
  box.addEventListener("change", apply);
  apply();
}

// --- Street names: the longest straight pieces in view, none over another ---

const labelLayer = document.getElementById("layer-labels");
const named = [];
streets.forEach((line, id) => {
  const name = night.names[night.nameOf[id]];
  if (!name) return;
  let best = null;
  for (let i = 0; i + 3 < line.length; i += 2) {
    const [x, y, x2, y2] = line.slice(i, i + 4);
    const length = Math.hypot(x2 - x, y2 - y);
    if (!best || length > best.length) {
      const turn = Math.atan2(y2 - y, x2 - x) * 180 / Math.PI;
      best = { name, length, x: (x + x2) / 2, y: (y + y2) / 2, turn };
    }
  }
  named.push(best);
});
named.sort((a, b) => b.length - a.length);

function showLabels() {
  const scale = pixelsPerUnit();
  const taken = [];
  const seen = new Set();
  const texts = [];
  for (const label of named) {
    if (texts.length >= 60 || label.length * scale < 30) break;
    if (seen.has(label.name) || !inView(label)) continue;
    const wide = label.name.length * (/[^\u0000-\u02ff]/.test(label.name) ? 11 : 6);
    if (label.length * scale < wide * 0.6) continue;
    const box = { x: label.x * scale, y: label.y * scale, r: wide / 2 + 6 };
    if (taken.some((b) => Math.hypot(b.x - box.x, b.y - box.y) < (b.r + box.r) * 0.8)) continue;
    taken.push(box);
    seen.add(label.name);
    texts.push(labelText(label, 1 / scale));
  }
  labelLayer.replaceChildren(...texts);
}

function inView({ x, y }) {
  return x > view.x && x < view.x + view.w && y > view.y && y < view.y + view.h;
}

function labelText({ name, x, y, turn }, scale) {
  const text = document.createElementNS(SVG, "text");
  const upright = turn > 90 ? turn - 180 : turn < -90 ? turn + 180 : turn;
  text.setAttribute("transform", `translate(${x} ${y}) scale(${scale}) rotate(${upright})`);
  text.textContent = name;
  return text;
}
