"use strict";
// The night in time: robots where they were, or where the plan has them.

const slider = document.getElementById("time");
const play = document.getElementById("play");
const pins = [...svg.querySelectorAll(".pin.robot")];
const trackPaths = [...svg.querySelectorAll(".track")];
const tracks = trackPaths.map((path, i) => {
  let time = 0;
  return {
    path,
    times: night.tracks[i].map((step) => (time += step)),
    places: linesOf(path)[0] ?? [],
  };
});

function clock(seconds) {
  const step = Math.min(Math.floor(seconds / 900), night.clock.length - 1);
  const day = night.clock[Math.max(step, 0)] + seconds - 900 * step;
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  return `${two((day / 3600) % 24)}:${two((day / 60) % 60)}`;
}

// Last index whose value is not above the wanted one.
function before(values, wanted) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= wanted) low = middle + 1;
    else high = middle;
  }
  return Math.max(low - 1, 0);
}

function onTrack({ times, places }, now) {
  const i = before(times, now);
  const j = Math.min(i + 1, times.length - 1);
  const part = j > i ? Math.min((now - times[i]) / (times[j] - times[i] || 1), 1) : 0;
  return [0, 1].map((k) => places[2 * i + k] + part * (places[2 * j + k] - places[2 * i + k]));
}

function onPlan(route, now) {
  const i = before(route.depart, now);
  const points = streets[route.streets[i]];
  const spent = (now - route.depart[i]) / (route.arrive[i] - route.depart[i] || 1);
  const part = Math.min(Math.max(spent, 0), 1);
  return along(points, route.forward[i] ? part : 1 - part);
}

function along(line, part) {
  const lengths = [0];
  for (let i = 2; i < line.length; i += 2) {
    lengths.push(lengths.at(-1) + Math.hypot(line[i] - line[i - 2], line[i + 1] - line[i - 1]));
  }
  return onTrack({ times: lengths, places: line }, part * lengths.at(-1));
}

function showTime() {
  const now = Number(slider.value);
  document.getElementById("clock").textContent = clock(now);
  slider.setAttribute("aria-valuetext", clock(now));
  pins.forEach((pin, robot) => {
    const place = asideOfDock(placeOf(robot, now), robot);
    [pin.dataset.x, pin.dataset.y] = place;
    const scale = 1 / pixelsPerUnit();
    pin.setAttribute("transform", `translate(${place.join(" ")}) scale(${scale})`);
  });
  for (const { path, times, places } of tracks) {
    path.setAttribute("d", toPath(places.slice(0, 2 * before(times, now) + 2)));
  }
}

// Robots in a dock stand beside it in a row, so that each can be seen.
const placeOfPin = (pin) => [Number(pin.dataset.x), Number(pin.dataset.y)];
const docks = [...svg.querySelectorAll(".pin.dock")].map(placeOfPin);
const starts = pins.map(placeOfPin);
function asideOfDock(place, robot) {
  const scale = 1 / pixelsPerUnit();
  const [x, y] = place ?? starts[robot];
  const dock = docks.find((at) => Math.hypot(x - at[0], y - at[1]) / scale < 14);
  return dock ? [dock[0] + (robot + 1) * 23 * scale, dock[1]] : [x, y];
}

function placeOf(robot, now) {
  const driven = tracks[night.trackRobot.indexOf(robot)];
  if (driven?.times.length && driven.places.length) return onTrack(driven, now);
  const route = night.routes[robot];
  return route.streets.length ? onPlan(route, now) : null;
}

let playing = 0;
function toggle() {
  if (playing) { cancelAnimationFrame(playing); playing = 0; }
  else {
    if (Number(slider.value) >= night.duration) slider.value = 0;
    let last = performance.now();
    const step = (now) => {
      slider.value = Number(slider.value) + (now - last) / 1000 * night.duration / 45;
      last = now;
      showTime();
      playing = Number(slider.value) < night.duration ? requestAnimationFrame(step) : 0;
      if (!playing) play.textContent = night.words.play;
    };
    playing = requestAnimationFrame(step);
  }
  play.textContent = playing ? night.words.pause : night.words.play;
}

slider.max = night.duration;
slider.value = night.duration;
slider.addEventListener("input", showTime);
play.addEventListener("click", toggle);

const status = document.getElementById("status");
night.words.robots.forEach((name, robot) => {
  const item = document.createElement("li");
  const dot = document.createElement("i");
  dot.className = `r${robot % night.colours}`;
  item.append(dot, `${robot + 1}  ${name}`);
  status.append(item);
});

show();
root.dataset.ready = "1";
