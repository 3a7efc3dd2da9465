// All jobs as a table that can be sorted and searched.

const AT_ONCE = 200;
const COLUMNS = [
  ["job", (job) => job.name, (job) => job.name],
  ["number", (job) => job.id, (job) => job.id],
  ["start", (job) => job.start, (job) => time(job.start)],
  ["took", (job) => job.end - job.start, (job) => time(job.end - job.start)],
  ["held", (job) => job.held, (job) => time(job.held)],
  ["frozen", (job) => job.frozen, (job) => time(job.frozen)],
  ["peak", (job) => job.peak, (job) => size(job.peak)],
  ["expected", (job) => job.expected, (job) => (job.expected > 0 ? size(job.expected) : "-")],
  ["CPU", (job) => job.cpu, (job) => time(job.cpu)],
  ["started again", (job) => job.restarts, (job) => job.restarts],
  ["end", (job) => job.outcome, (job) => job.outcome.replace("_", ", ")],
];

class JobTable {
  constructor(choose) {
    this.choose = choose;
    this.column = 6;
    this.down = true;
    this.shown = AT_ONCE;
    this.word = "";
    const table = document.getElementById("jobs");
    const head = table.createTHead().insertRow();
    this.heads = COLUMNS.map(([name], column) => this.makeHead(head, name, column));
    this.body = table.createTBody();
    document.getElementById("more").addEventListener("click", () => {
      this.shown += 5 * AT_ONCE;
      this.fill();
    });
    document.getElementById("filter").addEventListener("input", (event) => {
      this.word = event.target.value.toLowerCase();
      this.shown = AT_ONCE;
      this.fill();
    });
  }

  makeHead(row, name, column) {
    const head = document.createElement("th");
    head.scope = "col";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => this.sortBy(column));
    head.append(button);
    row.append(head);
    return head;
  }

  sortBy(column) {
    this.down = column === this.column ? !this.down : column !== 0;
    this.column = column;
    this.fill();
  }

  fill() {
    const value = COLUMNS[this.column][1];
    const order = this.down ? d3.descending : d3.ascending;
    const found = jobs.filter((job) => job.name.toLowerCase().includes(this.word));
    found.sort((a, b) => order(value(a), value(b)) || a.index - b.index);
    this.heads.forEach((head, i) => {
      if (i === this.column) head.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    this.body.textContent = "";
    for (const job of found.slice(0, this.shown)) this.addRow(job);
    document.getElementById("more").hidden = found.length <= this.shown;
    document.getElementById("table-note").textContent = `${Math.min(this.shown, found.length)} of ${jobs.length} jobs`;
  }

  addRow(job) {
    const row = this.body.insertRow();
    for (const [name, , text] of COLUMNS) {
      const cell = row.insertCell();
      if (name !== "job") {
        cell.textContent = text(job);
        continue;
      }
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text(job);
      button.addEventListener("click", () => this.choose(job));
      cell.append(button);
    }
  }
}
