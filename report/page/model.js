"use strict";
// The data of the page, in names: what report/page.cc writes.

const data = JSON.parse(document.getElementById("data").textContent);
const STATES = ["arrived", "runs", "held", "frozen", "evicted"];
const CLASSES = ["cc", "rustc", "link", "test"];

const jobs = data.jobs.map((row, index) => ({
  index,
  id: row[0],
  name: row[1],
  kind: row[2],
  start: row[3],
  end: row[4],
  peak: row[5],
  expected: row[6],
  cpu: row[7],
  held: row[8],
  frozen: row[9],
  restarts: row[10],
  outcome: row[11],
  guessed: row[12],
  lane: row[13].map((part) => ({
    from: part[0],
    to: part[1],
    state: STATES[part[2]],
    cause: part[3] < 0 ? "" : data.causes[part[3]],
    waitsFor: part[4],
    used: part[5],
    reserved: part[6],
    need: part[7],
    limit: part[8],
    kept: part[9],
  })),
  memory: null,
}));
for (const of of data.memory) if (jobs[of[0]]) jobs[of[0]].memory = { first: of[1], mib: of[2] };

const size = (mib) =>
  mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : mib >= 100 ? `${Math.round(mib)} MiB` : `${mib.toFixed(1)} MiB`;
const time = (s) =>
  s >= 600
    ? `${Math.round(s / 60)} min`
    : s >= 10
      ? `${Math.round(s)} s`
      : s >= 1
        ? `${s.toFixed(1)} s`
        : `${Math.round(s * 1000)} ms`;
// On an axis: "12.5 s", and "3:20" where there are minutes.
const clock = (s) =>
  data.run.wall < 120 ? `${+s.toFixed(3)} s` : `${Math.floor(s / 60)}:${`${Math.floor(s % 60)}`.padStart(2, "0")}`;
function ticksOf(scale, width) {
  const [from, to] = scale.domain(),
    count = Math.max(3, width / 110);
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400].find(
    (s) => (to - from) / s <= count,
  );
  return data.run.wall < 120 || !step ? scale.ticks(count) : d3.range(Math.ceil(from / step) * step, to, step);
}
const waited = (job) => job.held + job.frozen;

function memoryAt(job, when) {
  if (!job.memory) return 0;
  const sample = d3.bisectRight(data.samples.at, when) - 1 - job.memory.first;
  return sample >= 0 && sample < job.memory.mib.length ? job.memory.mib[sample] : 0;
}

const partAt = (job, when) => job.lane.find((part) => part.from <= when && when < part.to);

const ENDS = {
  running: "had not ended with the run",
  done: "ended by itself",
  killed: "was killed by a signal",
  oom: "was lost to memory",
  evicted: "was evicted, and started again",
  oom_restarted: "was killed for memory, and started again",
};

// What is to be said of a job at a moment: plain text, a line each.
function describe(job, when) {
  const part = partAt(job, when);
  const lines = [job.name];
  lines.push(
    `${part ? part.state : "ended"} at ${time(when)}; has ${size(memoryAt(job, when))}, peak ${size(job.peak)}` +
      (job.expected > 0 ? `, expected ${size(job.expected)}` : ", nothing was expected"),
  );
  if (part && part.cause && part.state !== "runs") {
    lines.push(
      `${part.state} for ${time(part.to - part.from)} because ${part.cause}` +
        (part.waitsFor >= 0 ? `; it waits for ${jobs[part.waitsFor].name}` : ""),
    );
    lines.push(
      `${size(part.used)} used${part.kept > 0 ? ` and ${size(part.kept)} kept for programs` : ""}, ` +
        `${size(part.reserved)} reserved, ${size(part.need)} needed, of ${size(part.limit)}`,
    );
  }
  lines.push(
    `${time(job.start)} to ${time(job.end)}: ${time(waited(job))} waited, ${time(job.cpu)} CPU; ${ENDS[job.outcome] || job.outcome}`,
  );
  if (job.guessed && waited(job) > 0) lines.push("when it waited is not known any more, only how long");
  return lines.join("\n");
}

// Colours are those of the style sheet, so that light and dark need nothing here.
let paint = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  paint = (name) => style.getPropertyValue(`--${name}`).trim();
}
const kindColour = (kind) => paint(CLASSES.includes(kind) ? kind : "job");

// States differ by pattern as well as by colour.
function patternOf(context, state) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const c = tile.getContext("2d");
  c.fillStyle = paint(state);
  c.fillRect(0, 0, 8, 8);
  c.strokeStyle = paint(`${state}-ink`);
  c.lineWidth = 1.5;
  c.beginPath();
  if (state === "held") {
    c.moveTo(-2, 10);
    c.lineTo(10, -2);
    c.moveTo(-2, 2);
    c.lineTo(2, -2);
    c.moveTo(6, 10);
    c.lineTo(10, 6);
  }
  if (state === "frozen") {
    c.moveTo(0, 2);
    c.lineTo(8, 2);
    c.moveTo(0, 6);
    c.lineTo(8, 6);
  }
  if (state === "evicted") {
    c.moveTo(0, 0);
    c.lineTo(8, 8);
    c.moveTo(8, 0);
    c.lineTo(0, 8);
  }
  c.stroke();
  return context.createPattern(tile, "repeat");
}

function fillOf(context, kind, state) {
  return state === "held" || state === "frozen" || state === "evicted" ? patternOf(context, state) : kindColour(kind);
}

function legend(id, items) {
  const to = document.getElementById(id);
  to.textContent = "";
  for (const [text, draw] of items) {
    const item = document.createElement("span");
    const sample = document.createElement("canvas");
    sample.width = 22;
    sample.height = 12;
    draw(sample.getContext("2d"));
    item.append(sample, text);
    to.append(item);
  }
}
const filled = (kind, state) => (c) => {
  c.fillStyle = fillOf(c, kind, state);
  c.fillRect(0, 0, 22, 12);
};

// A canvas as wide as its box, sharp on any screen; `draw` gets the context and its size in CSS pixels.
function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
