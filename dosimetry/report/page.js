"use strict";
/* Reads histograms off at the pointer, and turns structures on and off. Without it the page says the same. */
(() => {
  const plots = JSON.parse(document.getElementById("plots").textContent);
  const figures = [...document.querySelectorAll("figure[data-plot]")];
  const make = (name, of, set = {}) => {
    const made = document.createElementNS(of.namespaceURI, name);
    for (const [key, value] of Object.entries(set)) made.setAttribute(key, value);
    of.append(made);
    return made;
  };

  figures.forEach((figure, place) => {
    const { box: [left, top, right, bottom], limits_gy: [low, high], traces } = plots[place];
    const drawing = figure.querySelector("svg");
    const hidden = new Set();
    const steps = traces[0].values.length - 1;
    const cursor = make("line", drawing, { y1: top, y2: bottom, class: "cursor", visibility: "hidden" });
    const reading = make("div", figure, { class: "reading", role: "status", "aria-live": "polite", hidden: "" });
    figure.insertBefore(reading, figure.querySelector(".legend"));
    reading.textContent = "Point at a dose, or move along the curves with the arrow keys.";
    reading.hidden = false;
    drawing.setAttribute("tabindex", "0");
    let shown = null;

    const at = (trace, dose) => {
      const position = Math.min(Math.max((dose - low) / (high - low), 0), 1) * steps;
      const below = Math.min(Math.floor(position), steps - 1);
      const part = position - below;
      return trace.values[below] * (1 - part) + trace.values[below + 1] * part;
    };

    const show = (dose) => {
      shown = Math.min(Math.max(dose, low), high);
      const x = left + ((shown - low) / (high - low)) * (right - left);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.setAttribute("visibility", "visible");
      reading.replaceChildren();
      make("strong", reading).textContent = `${shown.toFixed(1)} Gy`;
      for (const trace of traces) {
        if ([...hidden].some((group) => trace.group.startsWith(group))) continue;
        make("span", reading).textContent = `${trace.name} ${at(trace, shown).toFixed(1)} %`;
      }
    };

    drawing.addEventListener("pointermove", (event) => {
      const frame = drawing.getBoundingClientRect();
      const width = drawing.viewBox.baseVal.width;
      const x = ((event.clientX - frame.left) / frame.width) * width;
      if (x >= left && x <= right) show(low + ((x - left) / (right - left)) * (high - low));
    });
    drawing.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      show((shown === null ? low : shown) + step * 0.5);
    });

    for (const entry of figure.querySelectorAll(".legend [data-group]")) {
      const group = entry.dataset.group;
      const label = document.createElement("label");
      const box = make("input", label, { type: "checkbox" });
      box.checked = true;
      label.append(...entry.childNodes);
      entry.append(label);
      box.addEventListener("change", () => {
        if (box.checked) hidden.delete(group);
        else hidden.add(group);
        for (const part of drawing.querySelectorAll(`[id^="${group}"]`)) part.style.display = box.checked ? "" : "none";
        if (shown !== null) show(shown);
      });
    }
  });
})();
