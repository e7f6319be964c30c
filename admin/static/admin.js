// Small behaviours of every page: menu on a phone, confirmations, pickers that look things up.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest(".menu-button");
  if (button) {
    const open = document.getElementById("nav").classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  }
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// A picker: type a name, a code or pinyin initials; arrows, Enter and Escape work.
class Lookup {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("[role=combobox]");
    this.list = root.querySelector("[role=listbox]");
    this.multiple = root.hasAttribute("data-multiple");
    this.active = -1;
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("focus", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    root.addEventListener("click", (event) => {
      const remove = event.target.closest(".chosen button");
      if (remove) remove.closest("li").remove();
    });
  }

  later() {
    clearTimeout(this.timer);
    if (!this.multiple && this.input.value.trim() === "") this.choose("", "");
    this.timer = setTimeout(() => this.ask(), 180);
  }

  async ask() {
    const url = new URL(this.root.dataset.lookup, window.location);
    url.searchParams.set("q", this.input.value.trim());
    const answer = await fetch(url, { credentials: "same-origin" });
    if (answer.ok) this.show(await answer.json());
  }

  show(rows) {
    this.list.replaceChildren(...rows.map((row, n) => {
      const item = document.createElement("li");
      item.id = `${this.list.id}-${n}`;
      item.setAttribute("role", "option");
      item.textContent = row.label === String(row.value) ? row.label : this.words(row);
      item.addEventListener("mousedown", () => this.choose(row.value, row.label));
      item.row = row;
      return item;
    }));
    this.active = -1;
    this.list.hidden = rows.length === 0;
    this.input.setAttribute("aria-expanded", String(rows.length > 0));
  }

  words(row) {
    return typeof row.value === "number" ? row.label : `${row.label}（${row.value}）`;
  }

  key(event) {
    const items = [...this.list.children];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!items.length) return;
      event.preventDefault();
      this.active = (this.active + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
      items.forEach((item, n) => item.setAttribute("aria-selected", String(n === this.active)));
      this.input.setAttribute("aria-activedescendant", items[this.active].id);
      items[this.active].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && this.active >= 0) {
      event.preventDefault();
      const row = items[this.active].row;
      this.choose(row.value, row.label);
    } else if (event.key === "Escape") {
      this.close();
    }
  }

  choose(value, label) {
    if (this.multiple) {
      if (value !== "") this.add(value, label);
      this.input.value = "";
    } else {
      const hidden = this.root.querySelector("input[type=hidden]");
      hidden.value = value;
      this.input.value = label;
      hidden.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.close();
  }

  add(value, label) {
    const item = document.createElement("li");
    item.textContent = label;
    const hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = this.root.dataset.name;
    hidden.value = value;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `移除${label}`);
    item.append(hidden, remove);
    this.root.querySelector(".chosen").append(item);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }
}

function startLookups(root) {
  root.querySelectorAll("[data-lookup]").forEach((one) => {
    if (!one.lookup) one.lookup = new Lookup(one);
  });
}
startLookups(document);
document.addEventListener("htmx:afterSwap", (event) => startLookups(event.target));
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("input[name=csrf_token]");
  if (token) event.detail.headers["X-CSRFToken"] = token.value;
});

// A file field in our own words: browsers speak the language of the computer, not of the page.
document.querySelectorAll("input[type=file][data-choose]").forEach((input) => {
  const button = document.createElement("label");
  button.className = "button";
  button.htmlFor = input.id;
  button.textContent = input.dataset.choose;
  const names = document.createElement("span");
  names.className = "muted";
  names.setAttribute("aria-live", "polite");
  const tell = () => {
    const chosen = [...input.files].map((file) => file.name);
    names.textContent = chosen.length > 3 ? `已选 ${chosen.length} 个文件` : chosen.join("、") || "未选择文件";
  };
  input.addEventListener("change", tell);
  input.classList.add("chooser");
  input.after(button, names);
  tell();
});
