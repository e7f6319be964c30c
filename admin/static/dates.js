// Dates and moments as people here write them: a text field that takes several spellings and shows
// one (2026年11月24日), with a calendar beside it. Without JavaScript the text field stays.
"use strict";

const DATE = /^\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?\s*/;
const TIME = /^T?\s*(\d{1,2})[:：时点](\d{2})?分?(?::\d{2})?\s*$/;
const WEEKDAYS = ["一", "二", "三", "四", "五", "六", "日"];
const pad = (number) => String(number).padStart(2, "0");

// A date with its time, or null: "没有这一天" for a day that is none.
function readMoment(text, timed) {
  const found = DATE.exec(text);
  if (!found) return null;
  const [year, month, day] = found.slice(1, 4).map(Number);
  const made = new Date(year, month - 1, day);
  if (year < 1000 || made.getMonth() !== month - 1 || made.getDate() !== day) return null;
  const rest = text.slice(found[0].length);
  const time = timed ? TIME.exec(rest) : null;
  if (rest && !time) return null;
  const [hour, minute] = time ? [Number(time[1]), Number(time[2] || 0)] : [0, 0];
  if (hour > 23 || minute > 59) return null;
  made.setHours(hour, minute);
  return made;
}

function momentWords(moment, timed) {
  const day = `${moment.getFullYear()}年${moment.getMonth() + 1}月${moment.getDate()}日`;
  return timed ? `${day} ${pad(moment.getHours())}:${pad(moment.getMinutes())}` : day;
}

function element(name, attributes, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(key, value);
  }
  made.append(...inside);
  return made;
}

class DateField {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("input");
    this.timed = root.dataset.date === "moment";
    this.button = element("button", { type: "button", class: "date-button", "aria-haspopup": "dialog",
      "aria-expanded": "false", "aria-label": `${root.dataset.label}：打开日历` }, "▾");
    this.problem = element("p", { class: "error", role: "alert", hidden: "" });
    root.append(this.button);
    root.after(this.problem);
    this.button.addEventListener("click", () => (this.panel ? this.close() : this.open()));
    this.input.addEventListener("change", () => this.tidy());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); this.open(); }
    });
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.panel) { event.stopPropagation(); this.close(true); }
    });
    root.addEventListener("focusout", (event) => {
      if (this.panel && event.relatedTarget && !root.contains(event.relatedTarget)) this.close();
    });
    document.addEventListener("mousedown", (event) => {
      if (this.panel && !root.contains(event.target)) this.close();
    });
  }

  // What was typed, in the one spelling; or a sentence that says how to write it.
  tidy() {
    const text = this.input.value.trim();
    const read = readMoment(text, this.timed);
    if (read) this.input.value = momentWords(read, this.timed);
    const example = this.timed ? "2026年11月24日 09:30" : "2026年11月24日";
    const wrong = text !== "" && !read;
    this.problem.hidden = !wrong;
    this.problem.textContent = wrong ? `“${text}”不是日期；请写成 ${example}，也可以写 2026-11-24 或 2026/11/24` : "";
    if (wrong) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }

  open() {
    if (this.panel) return;
    const today = new Date();
    const read = readMoment(this.input.value, this.timed);
    this.chosen = read || new Date(today.getFullYear(), today.getMonth(), today.getDate(), 9, 0);
    this.panel = element("div", { class: "calendar", role: "dialog", "aria-label": `选择${this.root.dataset.label}` });
    this.root.append(this.panel);
    this.button.setAttribute("aria-expanded", "true");
    this.draw();
    this.focus();
  }

  close(back) {
    this.panel.remove();
    this.panel = null;
    this.button.setAttribute("aria-expanded", "false");
    if (back) this.input.focus();
  }

  draw() {
    const [year, month] = [this.chosen.getFullYear(), this.chosen.getMonth()];
    const title = element("span", { class: "calendar-title", "aria-live": "polite" }, `${year}年${month + 1}月`);
    const head = element("div", { class: "calendar-head" },
      this.step("«", "上一年", -12), this.step("‹", "上个月", -1), title,
      this.step("›", "下个月", 1), this.step("»", "下一年", 12));
    const names = element("tr", {}, ...WEEKDAYS.map((one) =>
      element("th", { scope: "col", "aria-label": `星期${one}` }, one)));
    const body = element("tbody", {}, ...this.weeks(year, month));
    const table = element("table", { role: "grid", "aria-label": `${year}年${month + 1}月` },
      element("thead", {}, names), body);
    table.addEventListener("keydown", (event) => this.key(event));
    this.panel.replaceChildren(head, table, ...(this.timed ? [this.times()] : []), this.foot());
  }

  step(sign, label, months) {
    const button = element("button", { type: "button", "aria-label": label }, sign);
    button.addEventListener("click", () => {
      this.move(0, months);
      this.draw();
      this.panel.querySelector(`[aria-label="${label}"]`).focus();
    });
    return button;
  }

  weeks(year, month) {
    const before = (new Date(year, month, 1).getDay() + 6) % 7;
    const days = new Date(year, month + 1, 0).getDate();
    const rows = [];
    for (let place = 0; place < before + days; place += 7) {
      rows.push(element("tr", {}, ...WEEKDAYS.map((_, n) => {
        const day = place + n - before + 1;
        return day < 1 || day > days ? element("td", {}) : this.day(year, month, day);
      })));
    }
    return rows;
  }

  day(year, month, day) {
    const now = new Date();
    const isChosen = day === this.chosen.getDate();
    const isToday = new Date(year, month, day).toDateString() === now.toDateString();
    const button = element("button", { type: "button", tabindex: isChosen ? "0" : "-1",
      "aria-label": `${year}年${month + 1}月${day}日`, "aria-current": isToday ? "date" : null }, String(day));
    button.addEventListener("click", () => this.choose(day));
    return element("td", { role: "gridcell", "aria-selected": String(isChosen) }, button);
  }

  times() {
    const pick = (label, most, now, set) => {
      const select = element("select", { "aria-label": label },
        ...[...Array(most).keys()].map((n) => element("option", { value: String(n) }, pad(n))));
      select.value = String(now);
      select.addEventListener("change", () => set(Number(select.value)));
      return select;
    };
    return element("div", { class: "calendar-time" }, "时间 ",
      pick("时", 24, this.chosen.getHours(), (n) => this.chosen.setHours(n)), " : ",
      pick("分", 60, this.chosen.getMinutes(), (n) => this.chosen.setMinutes(n)));
  }

  foot() {
    const act = (label, run) => {
      const button = element("button", { type: "button", class: "button small" }, label);
      button.addEventListener("click", run);
      return button;
    };
    return element("div", { class: "calendar-foot" },
      act("今天", () => {
        const now = new Date();
        this.chosen.setFullYear(now.getFullYear(), now.getMonth(), now.getDate());
        this.choose(now.getDate());
      }),
      act("清空", () => this.set("")),
      ...(this.timed ? [act("确定", () => this.choose(this.chosen.getDate()))] : []));
  }

  key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [-7, 0], ArrowDown: [7, 0],
      PageUp: [0, event.shiftKey ? -12 : -1], PageDown: [0, event.shiftKey ? 12 : 1] };
    const weekday = (this.chosen.getDay() + 6) % 7;
    const step = { ...steps, Home: [-weekday, 0], End: [6 - weekday, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    this.move(...step);
    this.draw();
    this.focus();
  }

  // By days, or by months: the last day of a month stays the last of a shorter one.
  move(days, months) {
    const day = this.chosen.getDate();
    if (months) {
      this.chosen.setDate(1);
      this.chosen.setMonth(this.chosen.getMonth() + months);
      const last = new Date(this.chosen.getFullYear(), this.chosen.getMonth() + 1, 0).getDate();
      this.chosen.setDate(Math.min(day, last));
    } else {
      this.chosen.setDate(day + days);
    }
  }

  focus() {
    this.panel.querySelector("td button[tabindex='0']").focus();
  }

  choose(day) {
    this.chosen.setDate(day);
    this.set(momentWords(this.chosen, this.timed));
  }

  set(text) {
    this.input.value = text;
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.close(true);
  }
}

function startDates(root) {
  root.querySelectorAll("[data-date]").forEach((one) => {
    if (!one.dateField) one.dateField = new DateField(one);
  });
}
startDates(document);
document.addEventListener("htmx:afterSwap", (event) => startDates(event.target));
