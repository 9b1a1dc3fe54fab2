// Adds what paper cannot do: tooltips and copying. The page is complete without.
"use strict";
(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("aria-hidden", "true");
  tip.hidden = true;
  document.body.append(tip);

  // The browser's own tooltips come late and cover the line one is reading.
  for (const title of document.querySelectorAll("svg title")) {
    const owner = title.parentElement;
    if (owner.classList.contains("point")) {
      owner.dataset.tip = title.textContent;
    } else {
      owner.setAttribute("aria-label", title.textContent);
      owner.removeAttribute("aria-labelledby");
    }
    title.remove();
  }

  document.addEventListener("pointerover", (event) => {
    const point = event.target.closest?.("[data-tip]");
    tip.hidden = !point;
    if (!point) return;
    tip.textContent = point.dataset.tip;
    const at = (point.querySelector(".mark, .bar") ?? point).getBoundingClientRect();
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    const left = Math.max(8, Math.min(at.left + at.width / 2 - tip.offsetWidth / 2, room));
    const above = at.top - tip.offsetHeight - 8;
    tip.style.left = `${left + window.scrollX}px`;
    tip.style.top = `${(above < 0 ? at.bottom + 8 : above) + window.scrollY}px`;
  });

  const text = (id) => document.getElementById(id).textContent;

  // Nested objects become columns with dotted names; what is nested deeper stays JSON.
  const flat = (object, prefix = "") => Object.entries(object).flatMap(([key, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? flat(value, `${prefix}${key}.`)
      : [[prefix + key, Array.isArray(value) ? JSON.stringify(value) : value]]);

  const csv = (rows) => {
    const records = rows.map((row) => new Map(flat(row)));
    const names = [...new Set(records.flatMap((record) => [...record.keys()]))];
    const quoted = (value) => {
      const word = String(value ?? "");
      return /[",\r\n]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word;
    };
    const lines = records.map((record) => names.map((name) => quoted(record.get(name))));
    return [names.map(quoted), ...lines].map((line) => line.join(",") + "\r\n").join("");
  };

  const copy = async (words) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(words);
    const area = document.createElement("textarea");
    area.value = words;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("the browser refused to copy");
  };

  for (const button of document.querySelectorAll("button[hidden]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const words = button.dataset.copy
        ? text(button.dataset.copy)
        : csv(JSON.parse(text("report-data"))[button.dataset.csv]);
      button.textContent = await copy(words).then(() => "Copied", () => "Could not copy");
      setTimeout(() => { button.textContent = label; }, 1500);
    });
  }
})();
