// A lane for each job. Only those in sight are drawn, so that thousands scroll as few do.

const ROW = 20;
const MOST_ROWS = 20;

class LaneChart {
  constructor(box, view) {
    this.box = box;
    this.view = view;
    this.pane = box.querySelector(".pane");
    this.canvas = this.pane.appendChild(document.createElement("canvas"));
    this.filler = this.pane.appendChild(document.createElement("div"));
    this.pane.addEventListener("scroll", () => this.draw());
    this.order = jobs.slice().sort((a, b) => a.start - b.start || a.index - b.index);
    this.rowOf = new Map(this.order.map((job, row) => [job, row]));
    this.bottom = 24;
  }

  draw() {
    const width = this.box.clientWidth;
    const rows = Math.min(jobs.length, MOST_ROWS);
    const height = Math.max(80, rows * ROW + this.bottom + (rows < jobs.length ? 0 : 6));
    this.x = this.view.scale([MARGIN.left, width - MARGIN.right]);
    const c = fit(this.canvas, width, height);
    this.filler.style.height = `${Math.max(0, jobs.length * ROW + this.bottom - height)}px`;
    const first = Math.max(0, Math.floor(this.pane.scrollTop / ROW));
    const last = Math.min(jobs.length, first + Math.ceil(height / ROW) + 1);
    this.patterns = new Map(["held", "frozen", "evicted"].map((state) => [state, patternOf(c, state)]));
    c.font = "12px system-ui, sans-serif";
    c.textBaseline = "middle";
    for (let row = first; row < last; row++)
      this.drawLane(c, this.order[row], row * ROW - this.pane.scrollTop + 2, width);
    this.drawAxis(c, width, height);
  }

  drawLane(c, job, top, width) {
    const { x } = this;
    if (job === this.view.chosen) {
      c.fillStyle = paint("line");
      c.fillRect(0, top - 2, width, ROW);
    }
    c.fillStyle = paint("muted");
    c.textAlign = "right";
    c.fillText(`${job.id}`, MARGIN.left - 8, top + 8);
    c.save();
    c.beginPath();
    c.rect(MARGIN.left, top - 2, width - MARGIN.left - MARGIN.right, ROW);
    c.clip();
    const left = x(job.start),
      right = Math.max(left + 1.5, x(job.end));
    for (const part of job.lane) {
      const from = x(part.from);
      c.fillStyle = this.patterns.get(part.state) || kindColour(job.kind);
      c.fillRect(from, top, Math.max(0.75, x(part.to) - from), ROW - 5);
    }
    c.strokeStyle = paint("muted");
    c.lineWidth = 1;
    c.strokeRect(left + 0.5, top + 0.5, Math.max(1, right - left - 1), ROW - 6);
    if (right > MARGIN.left && left < width - MARGIN.right) this.drawName(c, job, left, right, top, width);
    c.restore();
  }

  // The longest text about a job that fits: name and size, the name, its beginning.
  nameWithin(c, job, space) {
    const fits = (text) => c.measureText(text).width <= space;
    const whole = `${job.name}  ${size(job.peak)}`;
    if (fits(whole)) return whole;
    if (fits(job.name)) return job.name;
    let length = job.name.length;
    while (length > 0 && !fits(`${job.name.slice(0, length)}…`)) length--;
    return length > 0 ? `${job.name.slice(0, length)}…` : "";
  }

  // Beside the lane where there is room, else in it, in front of what it did.
  drawName(c, job, left, right, top, width) {
    let text = `${job.name}  ${size(job.peak)}`;
    let wide = c.measureText(text).width;
    c.textAlign = "left";
    c.fillStyle = paint("fg");
    if (right + 6 + wide < width - MARGIN.right) {
      c.fillText(text, Math.max(right, MARGIN.left) + 6, top + 8);
      return;
    }
    if (left - 6 - wide > MARGIN.left) {
      c.textAlign = "right";
      c.fillText(text, left - 6, top + 8);
      return;
    }
    const at = Math.max(left, MARGIN.left) + 4;
    text = this.nameWithin(c, job, width - MARGIN.right - at - 4);
    if (!text) return;
    wide = c.measureText(text).width;
    c.fillStyle = paint("bg");
    c.globalAlpha = 0.85;
    c.fillRect(at - 2, top + 1, wide + 4, ROW - 7);
    c.globalAlpha = 1;
    c.fillStyle = paint("fg");
    c.fillText(text, at, top + 8);
  }

  drawAxis(c, width, height) {
    const top = height - this.bottom;
    c.fillStyle = paint("bg");
    c.fillRect(0, top, width, this.bottom);
    c.strokeStyle = paint("line");
    c.beginPath();
    c.moveTo(MARGIN.left, top + 0.5);
    c.lineTo(width - MARGIN.right, top + 0.5);
    c.stroke();
    c.fillStyle = paint("fg");
    c.textAlign = "center";
    for (const tick of ticksOf(this.x, width)) c.fillText(clock(tick), this.x(tick), top + 13);
  }

  jobAt(px, py) {
    return this.order[Math.floor((py + this.pane.scrollTop) / ROW)] || null;
  }

  textAt(px, py) {
    const job = this.jobAt(px, py);
    return job && py < this.canvas.clientHeight - this.bottom ? describe(job, this.x.invert(px)) : "";
  }

  reveal(job) {
    const top = this.rowOf.get(job) * ROW,
      space = this.canvas.clientHeight - this.bottom;
    if (top < this.pane.scrollTop) this.pane.scrollTop = top;
    if (top + ROW > this.pane.scrollTop + space) this.pane.scrollTop = top + ROW - space;
  }

  next(job, step) {
    const row = job ? this.rowOf.get(job) + step : 0;
    return this.order[Math.max(0, Math.min(this.order.length - 1, row))];
  }

  legend() {
    const more = jobs.length - MOST_ROWS;
    if (more > 0) document.getElementById("lanes-note").textContent = `${more} more jobs below: scroll.`;
    const kinds = Array.from(new Set(jobs.map((job) => (CLASSES.includes(job.kind) ? job.kind : "other jobs"))));
    const items = kinds.map((kind) => [`${kind} runs`, filled(kind, "runs")]);
    for (const state of ["held", "frozen", "evicted"])
      if (jobs.some((job) => job.lane.some((part) => part.state === state))) items.push([state, filled("", state)]);
    legend("lanes-legend", items);
  }
}
