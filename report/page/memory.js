// Memory over time, stacked by job, with the limit, memory.high and what stood still.

const MARGIN = { left: 64, right: 12, top: 10, bottom: 26 };

class MemoryChart {
  constructor(box, view) {
    this.box = box;
    this.view = view;
    this.canvas = box.appendChild(document.createElement("canvas"));
    this.axes = d3.select(box).append("svg").attr("aria-hidden", "true");
    this.height = window.innerWidth < 600 ? 240 : 320;
    this.stack();
  }

  // The lower and upper edge of each job at each of its samples.
  stack() {
    const base = new Float64Array(data.samples.at.length);
    this.bands = [];
    for (const job of jobs) {
      if (!job.memory) continue;
      const { first, mib } = job.memory;
      const low = mib.map((_, i) => base[first + i]);
      mib.forEach((m, i) => {
        base[first + i] += m;
      });
      this.bands.push({ job, first, low, high: mib.map((_, i) => base[first + i]) });
    }
    this.jobsTop = base;
    const limits = data.samples.limit.filter((m) => m !== null);
    this.most = Math.max(1, d3.max(data.samples.used) || 0, d3.max(base) || 0, d3.max(limits) || 0) * 1.05;
  }

  draw() {
    const width = this.box.clientWidth;
    this.x = this.view.scale([MARGIN.left, width - MARGIN.right]);
    this.y = d3.scaleLinear([0, this.most], [this.height - MARGIN.bottom - 14, MARGIN.top]);
    const c = fit(this.canvas, width, this.height);
    c.save();
    c.beginPath();
    c.rect(MARGIN.left, 0, width - MARGIN.left - MARGIN.right, this.height);
    c.clip();
    this.drawRest(c);
    this.drawBands(c);
    this.drawLabels(c);
    this.drawLines(c);
    this.drawStalls(c);
    this.drawEvents(c);
    c.restore();
    this.drawAxes(width);
  }

  // A sample stands until the next: so does the line of the whole, and no job sticks out of it.
  area(c, first, low, high) {
    const at = data.samples.at,
      { x, y } = this;
    if (x(at[first + high.length - 1]) < MARGIN.left - 50 || x(at[first]) > this.box.clientWidth + 50) return;
    const edge = (i) => x(at[Math.min(first + i, at.length - 1)]);
    c.beginPath();
    c.moveTo(edge(0), y(low[0]));
    for (let i = 0; i < high.length; i++) {
      c.lineTo(edge(i), y(high[i]));
      c.lineTo(edge(i + 1), y(high[i]));
    }
    for (let i = low.length - 1; i >= 0; i--) {
      c.lineTo(edge(i + 1), y(low[i]));
      c.lineTo(edge(i), y(low[i]));
    }
    c.closePath();
    c.fill();
  }

  drawRest(c) {
    const top = data.samples.used.map((used, i) => Math.max(used, this.jobsTop[i]));
    if (top.length === 0) return;
    c.fillStyle = paint("rest");
    this.area(c, 0, Array.from(this.jobsTop), top);
  }

  drawBands(c) {
    c.strokeStyle = paint("bg");
    // Of thousands the edges would hide the colours.
    const edges = this.bands.length <= 500;
    c.lineWidth = 0.8;
    for (const band of this.bands) {
      c.fillStyle = kindColour(band.job.kind);
      c.globalAlpha = band.job.index % 2 ? 0.78 : 1;
      if (band.job === this.view.chosen) c.fillStyle = paint("accent");
      this.area(c, band.first, band.low, band.high);
      c.globalAlpha = 1;
      if (edges) c.stroke();
    }
  }

  // Where so wide a label fits into a band, at that part of its length; null where it does not.
  placeIn({ first, low, high }, part, wide) {
    const at = data.samples.at,
      middle = Math.floor(high.length * part),
      x = this.x(at[first + middle]),
      mib = (low[middle] + high[middle]) / 2;
    for (const end of [-wide / 2, 0, wide / 2]) {
      const i = d3.bisectRight(at, this.x.invert(x + end)) - 1 - first;
      if (i < 0 || i >= high.length) return null;
      const [top, bottom] = [this.y(high[i]), this.y(low[i])];
      if (this.y(mib) - 7 < top || this.y(mib) + 7 > bottom) return null;
    }
    return [x, this.y(mib)];
  }

  // Names of the bands that have room for one.
  drawLabels(c) {
    c.font = "12px system-ui, sans-serif";
    c.textBaseline = "middle";
    c.textAlign = "center";
    c.fillStyle = paint("on-color");
    for (const band of this.bands.slice(0, 3000)) {
      const wide = c.measureText(band.job.name).width + 8;
      for (const part of [0.5, 0.65, 0.35, 0.8]) {
        const place = this.placeIn(band, part, wide);
        if (!place) continue;
        c.fillText(band.job.name, ...place);
        break;
      }
    }
  }

  // A line of steps; null is a gap.
  line(c, values, colour, dash, width) {
    const { x, y } = this,
      at = data.samples.at;
    c.strokeStyle = paint(colour);
    c.lineWidth = width;
    c.setLineDash(dash);
    c.beginPath();
    let pen = false;
    values.forEach((value, i) => {
      if (value === null) {
        pen = false;
        return;
      }
      if (pen) c.lineTo(x(at[i]), y(values[i - 1]));
      if (pen) c.lineTo(x(at[i]), y(value));
      else c.moveTo(x(at[i]), y(value));
      pen = true;
    });
    c.stroke();
    c.setLineDash([]);
  }

  drawLines(c) {
    this.line(c, data.samples.used, "fg", [], this.bands.length <= 500 ? 1.2 : 0.4);
    this.line(c, data.samples.high, "high", [3, 3], 1.5);
    this.line(c, data.samples.limit, "limit", [8, 4], 2);
  }

  // The darker, the longer of that time all stood still.
  drawStalls(c) {
    const { x } = this,
      at = data.samples.at,
      top = this.height - MARGIN.bottom - 9;
    c.fillStyle = paint("panel");
    c.fillRect(MARGIN.left, top, this.box.clientWidth, 8);
    c.fillStyle = paint("limit");
    for (let i = 1; i < at.length; i++) {
      if (data.samples.stalled[i] <= 0.005) continue;
      c.globalAlpha = Math.min(1, 0.15 + data.samples.stalled[i]);
      c.fillRect(x(at[i - 1]), top, Math.max(1, x(at[i]) - x(at[i - 1])), 8);
    }
    c.globalAlpha = 1;
  }

  drawEvents(c) {
    c.strokeStyle = paint("evicted");
    c.lineWidth = 2;
    for (const job of jobs) {
      if (job.outcome !== "evicted" && job.outcome !== "oom" && job.outcome !== "oom_restarted") continue;
      const at = this.x(job.end),
        y = MARGIN.top + 6;
      c.beginPath();
      c.moveTo(at - 4, y - 4);
      c.lineTo(at + 4, y + 4);
      c.moveTo(at + 4, y - 4);
      c.lineTo(at - 4, y + 4);
      c.stroke();
    }
  }

  drawAxes(width) {
    const svg = this.axes.attr("viewBox", null);
    svg.selectAll("g").remove();
    svg
      .append("g")
      .attr("transform", `translate(0,${this.height - MARGIN.bottom})`)
      .call(d3.axisBottom(this.x).tickValues(ticksOf(this.x, width)).tickFormat(clock).tickSizeOuter(0));
    svg
      .append("g")
      .attr("transform", `translate(${MARGIN.left},0)`)
      .call(
        d3
          .axisLeft(this.y)
          .ticks(5)
          .tickFormat((m) => (m >= 1024 ? size(m) : `${Math.round(m)} MiB`))
          .tickSizeOuter(0),
      );
  }

  // The job whose band is there; null beside all.
  jobAt(px, py) {
    const when = this.x.invert(px),
      mib = this.y.invert(py);
    const sample = d3.bisectRight(data.samples.at, when) - 1;
    const found = this.bands.find(
      ({ first, low, high }) =>
        sample >= first && sample < first + high.length && low[sample - first] <= mib && mib < high[sample - first],
    );
    return found ? found.job : null;
  }

  textAt(px, py) {
    const when = this.x.invert(px),
      job = this.jobAt(px, py);
    if (job) return describe(job, when);
    const sample = d3.bisectRight(data.samples.at, when) - 1;
    if (sample < 0) return "";
    const limit = data.samples.limit[sample];
    return `${time(when)}: ${size(data.samples.used[sample])} used` + (limit === null ? "" : ` of ${size(limit)}`);
  }

  legend() {
    const kinds = Array.from(new Set(jobs.map((job) => (CLASSES.includes(job.kind) ? job.kind : "other jobs"))));
    const stroke = (colour, dash) => (c) => {
      c.strokeStyle = paint(colour);
      c.lineWidth = 2;
      c.setLineDash(dash);
      c.beginPath();
      c.moveTo(0, 6);
      c.lineTo(22, 6);
      c.stroke();
    };
    const items = kinds.map((kind) => [kind, filled(kind, "runs")]);
    if (data.samples.used.some((used, i) => used > this.jobsTop[i] + 4))
      items.push([
        "what is no job",
        (c) => {
          c.fillStyle = paint("rest");
          c.fillRect(0, 0, 22, 12);
        },
      ]);
    if (data.samples.limit.some((m) => m !== null)) items.push(["limit", stroke("limit", [8, 4])]);
    if (data.samples.high.some((m) => m !== null)) items.push(["memory.high", stroke("high", [3, 3])]);
    items.push([
      "stood still for memory",
      (c) => {
        c.fillStyle = paint("limit");
        c.fillRect(0, 2, 22, 8);
      },
    ]);
    if (jobs.some((job) => ["evicted", "oom", "oom_restarted"].includes(job.outcome)))
      items.push([
        "evicted or killed",
        (c) => {
          c.strokeStyle = paint("evicted");
          c.lineWidth = 2;
          c.beginPath();
          c.moveTo(7, 2);
          c.lineTo(15, 10);
          c.moveTo(15, 2);
          c.lineTo(7, 10);
          c.stroke();
        },
      ]);
    legend("memory-legend", items);
  }
}
