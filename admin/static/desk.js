// The policy desk: leaf and quote light up together, live counts, keys, quoting the marked text.
"use strict";

const form = document.getElementById("rule-form");

// Too large or too many files are refused before anything is sent.
document.querySelectorAll("form.upload").forEach((upload) => {
  const problem = upload.querySelector(".error");
  const check = () => {
    const files = [...upload.elements.files.files];
    const most = Number(upload.dataset.maxBytes);
    const large = files.find((file) => file.size > most);
    let text = "";
    if (large) text = `“${large.name}”有 ${Math.round(large.size / 1048576)} MB，超过每个 ${most / 1048576} MB 的上限：请拆分，或去掉其中的图片和附件`;
    if (files.length > Number(upload.dataset.maxFiles)) text = `一次最多 ${upload.dataset.maxFiles} 个文件，这里选了 ${files.length} 个`;
    problem.textContent = text;
    problem.hidden = text === "";
    return text === "";
  };
  upload.elements.files.addEventListener("change", check);
  upload.addEventListener("submit", (event) => {
    if (!check()) event.preventDefault();
  });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ask]");
  if (button && !window.confirm(button.dataset.ask)) event.preventDefault();
});

if (form) {
  const changed = () => document.body.dispatchEvent(new Event("rule-changed"));
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  new MutationObserver((records) => {
    if (records.some((one) => one.target.closest && one.target.closest("#rule, .chosen"))) changed();
  }).observe(form, { childList: true, subtree: true });

  const light = (key, scroll) => {
    document.querySelectorAll(".active").forEach((one) => one.classList.remove("active"));
    const marks = [...document.querySelectorAll("mark[data-keys]")].filter((mark) => mark.dataset.keys.split(" ").includes(key));
    marks.forEach((mark) => mark.classList.add("active"));
    const leaf = document.getElementById(`node-${key}`);
    if (leaf) leaf.classList.add("active");
    if (scroll && marks[0]) marks[0].scrollIntoView({ block: "center" });
  };
  form.addEventListener("focusin", (event) => {
    const leaf = event.target.closest(".node.leaf");
    if (leaf) light(leaf.dataset.key, true);
  });
  document.querySelector(".source .text").addEventListener("click", (event) => {
    const mark = event.target.closest("mark[data-keys]");
    if (!mark || !window.getSelection().isCollapsed) return;
    const key = mark.dataset.keys.split(" ").pop();
    light(key, false);
    const leaf = document.getElementById(`node-${key}`);
    if (leaf) leaf.scrollIntoView({ block: "center" });
  });

  // Alt with an arrow moves the node that has the focus; Alt+Delete removes it.
  const keys = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "in", ArrowLeft: "out", Delete: "remove" };
  form.addEventListener("keydown", (event) => {
    const node = event.target.closest(".node");
    if (!event.altKey || !(event.key in keys) || !node) return;
    const button = node.querySelector(`:scope > .node-head [data-act=${keys[event.key]}]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  // Enter in a field of the tree must not press the first button of the form.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input") && !event.defaultPrevented) event.preventDefault();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const rule = document.getElementById("rule");
    if (!rule || !rule.dataset.focus || event.detail.target.id !== "rule") return;
    const node = document.getElementById(`node-${rule.dataset.focus}`);
    const first = node && (node.querySelector(":scope > .node-head :is(select, textarea, input:not([type=hidden]))") || node);
    if (first) first.focus({ preventScroll: true });
    rule.dataset.focus = "";
  });

  // Signs are counted as the server counts them: one for each code point.
  const length = (text) => [...text].length;
  const place = (node, offset) => {
    const block = (node.nodeType === 1 ? node : node.parentElement).closest("[data-start]");
    if (!block) return null;
    const before = document.createRange();
    before.setStart(block, 0);
    before.setEnd(node, offset);
    return Number(block.dataset.start) + length(before.toString());
  };
  const marked = () => {
    const selection = window.getSelection();
    if (selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!document.querySelector(".source .text").contains(range.commonAncestorContainer)) return null;
    const from = place(range.startContainer, range.startOffset);
    const to = place(range.endContainer, range.endOffset);
    const text = range.toString();
    return from === null || to === null || to - from !== length(text) ? null : { text, at: `${from}-${to}` };
  };
  let kept = null; // pressing a button may take the selection away
  document.addEventListener("selectionchange", () => { kept = marked() || kept; });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-quote]");
    if (!button) return;
    const shown = form.querySelector(`[data-quote-of="${button.dataset.quote}"]`);
    if (!kept) {
      shown.textContent = "请先在左边的一段原文里选中一段文字，再点这个按钮";
      return;
    }
    form.elements[`quote-${button.dataset.quote}`].value = kept.text;
    form.elements[`at-${button.dataset.quote}`].value = kept.at;
    shown.textContent = `依据：“${kept.text}”`;
    kept = null;
    changed();
  });
}
