// Puts the page together: one view of time for both charts, the pointer, the keys.

class View {
  constructor(wall, changed) {
    this.wall = Math.max(wall, 0.001);
    this.from = 0;
    this.to = this.wall;
    this.chosen = null;
    this.changed = changed;
  }
  scale(range) {
    return d3.scaleLinear([this.from, this.to], range);
  }
  show(from, to) {
    const least = this.wall / 100000;
    const wide = Math.min(this.wall, Math.max(least, to - from));
    this.from = Math.max(0, Math.min(from, this.wall - wide));
    this.to = this.from + wide;
    this.changed();
  }
  zoom(factor, around = (this.from + this.to) / 2) {
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }
  move(part) {
    const step = (this.to - this.from) * part;
    this.show(this.from + step, this.to + step);
  }
  all() {
    this.show(0, this.wall);
  }
}

readColours();
let due = false;
const view = new View(data.run.wall, () => {
  if (due) return;
  due = true;
  requestAnimationFrame(drawAll);
});
const memory = new MemoryChart(document.getElementById("memory"), view);
const lanes = new LaneChart(document.getElementById("lanes-box"), view);

function drawAll() {
  due = false;
  memory.draw();
  lanes.draw();
}

function choose(job, when = Math.max(job.start, Math.min(job.end, (view.from + view.to) / 2))) {
  view.chosen = job;
  lanes.reveal(job);
  document.getElementById("detail").textContent = describe(job, when);
  view.changed();
}

function chooseFromTable(job) {
  const waits = job.lane.find((part) => part.state !== "runs" && part.cause) || { from: job.start };
  choose(job, waits.from);
  if (job.end < view.from || job.start > view.to) view.show(job.start - 1, job.end + 1);
  document.getElementById("lanes").scrollIntoView({ block: "center" });
}

const ACTIONS = {
  in: () => view.zoom(0.5),
  out: () => view.zoom(2),
  left: () => view.move(-0.25),
  right: () => view.move(0.25),
  all: () => view.all(),
};
const KEYS = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "all", Escape: "all" };

function onKey(event) {
  if (event.altKey || event.metaKey || event.ctrlKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity }[event.key];
  if (step && jobs.length) choose(lanes.next(view.chosen, step));
  else if (KEYS[event.key]) ACTIONS[KEYS[event.key]]();
  else return;
  event.preventDefault();
}

// Dragging chooses a time; a click chooses a job; a finger that moves up or down scrolls.
function follow(chart) {
  const { box } = chart;
  const tip = box.appendChild(document.createElement("div"));
  tip.className = "tip";
  tip.hidden = true;
  const band = d3
    .select(box)
    .append("svg")
    .attr("aria-hidden", "true")
    .append("rect")
    .attr("class", "selection")
    .attr("height", "100%")
    .attr("width", 0);
  let start = null;
  const place = (event) => {
    const at = box.getBoundingClientRect();
    return [event.clientX - at.left, event.clientY - at.top];
  };
  box.addEventListener("pointerdown", (event) => {
    start = place(event);
  });
  box.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    if (start && Math.abs(x - start[0]) > 4)
      band.attr("x", Math.min(x, start[0])).attr("width", Math.abs(x - start[0]));
    const text = chart.textAt(x, y);
    tip.hidden = text === "" || x < MARGIN.left;
    tip.textContent = text;
    const flip = x > box.clientWidth / 2;
    tip.style.left = flip ? "" : `${x + 14}px`;
    tip.style.right = flip ? `${box.clientWidth - x + 14}px` : "";
    tip.style.top = `${Math.min(y + 10, Math.max(0, box.clientHeight - tip.offsetHeight - 4))}px`;
  });
  box.addEventListener("pointerleave", () => {
    tip.hidden = true;
    start = null;
    band.attr("width", 0);
  });
  box.addEventListener("pointerup", (event) => {
    const [x, y] = place(event);
    band.attr("width", 0);
    if (start && Math.abs(x - start[0]) > 4) {
      const [from, to] = [chart.x.invert(start[0]), chart.x.invert(x)].sort(d3.ascending);
      view.show(from, to);
    } else if (start) {
      const job = chart.jobAt(x, y);
      if (job) choose(job, chart.x.invert(x));
    }
    start = null;
  });
  box.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      view.zoom(event.deltaY < 0 ? 0.8 : 1.25, chart.x.invert(place(event)[0]));
    },
    { passive: false },
  );
  box.addEventListener("keydown", onKey);
}

function start() {
  drawAll();
  memory.legend();
  lanes.legend();
  follow(memory);
  follow(lanes);
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", ACTIONS[button.dataset.zoom]);
  new JobTable(chooseFromTable).fill();
  document.getElementById("memory-note").textContent = data.note;
  new ResizeObserver(() => view.changed()).observe(document.body);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readColours();
    memory.legend();
    lanes.legend();
    view.changed();
  });
  document.documentElement.dataset.ready = Math.round(performance.now());
}
start();
