"use strict";
/* Scrolls through axial planes. Without it, or where the browser cannot inflate, the page shows a still picture. */
(async () => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const [planes, rows, columns] = data.size;
  const area = rows * columns;
  const one = (id) => document.getElementById(id);

  const inflate = async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  const summed = (steps) => {
    for (let start = 0; start < steps.length; start += columns)
      for (let i = start + 1; i < start + columns; i++) steps[i] = (steps[i] + steps[i - 1]) & 255;
    return steps;
  };
  const doses = (await Promise.all(data.doses.map(inflate))).map(summed);
  const greys = await Promise.all(data.greys.map(inflate));
  const outlines = (await Promise.all(data.lines.map(inflate))).map((bytes) => JSON.parse(new TextDecoder().decode(bytes)));

  const canvas = one("plane");
  const context = canvas.getContext("2d");
  const slider = one("slider");
  const hidden = new Set();
  let plane = data.start;
  let mode = 1;
  let pointer = null;

  const rgb = (text) => (text === null ? null : [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
  const scales = data.scales.map((scale) => ({ ...scale, rgb: scale.colours.map(rgb) }));
  const scaleOf = () => scales[mode === 2 ? 1 : 0];

  /* Values of the plane in Gy; NaN where a dose is unknown. */
  const valuesOf = () => {
    const out = new Float32Array(area);
    const at = plane * area;
    for (let i = 0; i < area; i++) {
      const before = doses[0][at + i];
      const after = doses[1][at + i];
      const count = mode === 0 ? before : mode === 1 ? after : after - before;
      const known = mode === 2 ? before !== data.unknown && after !== data.unknown : count !== data.unknown;
      out[i] = known ? count * data.step_gy : NaN;
    }
    return out;
  };
  const bilinear = (values, row, column, offset = 0) => {
    const r = Math.min(Math.max(Math.floor(row), 0), rows - 2);
    const c = Math.min(Math.max(Math.floor(column), 0), columns - 2);
    const u = Math.min(Math.max(row - r, 0), 1);
    const v = Math.min(Math.max(column - c, 0), 1);
    const i = offset + r * columns + c;
    const above = values[i] + v * (values[i + 1] - values[i]);
    const below = values[i + columns] + v * (values[i + columns + 1] - values[i + columns]);
    return above + u * (below - above);
  };

  const paint = () => {
    const values = valuesOf();
    const { width, height } = canvas;
    const zoom = width / columns;
    const scale = scaleOf();
    const side = mode === 0 ? 0 : 1;
    const grey = data.grey_of[side] === null ? null : greys[data.grey_of[side]];
    const picture = context.createImageData(width, height);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i += 4) {
        const row = (y + 0.5) / zoom - 0.5;
        const column = (x + 0.5) / zoom - 0.5;
        const under = grey === null ? 255 : bilinear(grey, row, column, plane * area);
        const value = bilinear(values, row, column);
        let step = 0;
        while (step < scale.levels_gy.length && value >= scale.levels_gy[step]) step++;
        const colour = Number.isNaN(value) ? null : scale.rgb[step];
        const lifted = 0.3 * (0.45 * 255 + 0.55 * under);
        for (let k = 0; k < 3; k++) picture.data[i + k] = colour === null ? under : 0.7 * colour[k] + lifted;
        picture.data[i + 3] = 255;
      }
    }
    context.putImageData(picture, 0, 0);
    scale.levels_gy.forEach((level) => isoline(values, level, zoom));
    contours(outlines[data.lines_of[side]], zoom);
    frame(zoom);
  };

  /* One isodose by marching squares: where it crosses the edges of each cell. */
  const isoline = (values, level, zoom) => {
    context.beginPath();
    const place = (row, column) => [(column + 0.5) * zoom, (row + 0.5) * zoom];
    for (let r = 0; r < rows - 1; r++) {
      for (let c = 0; c < columns - 1; c++) {
        const i = r * columns + c;
        const corner = [values[i], values[i + 1], values[i + columns + 1], values[i + columns]];
        if (corner.some(Number.isNaN)) continue;
        const places = [[r, c], [r, c + 1], [r + 1, c + 1], [r + 1, c]];
        const cut = [];
        for (let k = 0; k < 4; k++) {
          const next = (k + 1) % 4;
          if (corner[k] >= level === corner[next] >= level) continue;
          const share = (level - corner[k]) / (corner[next] - corner[k]);
          cut.push(place(places[k][0] + share * (places[next][0] - places[k][0]), places[k][1] + share * (places[next][1] - places[k][1])));
        }
        for (let k = 0; k + 1 < cut.length; k += 2) {
          context.moveTo(...cut[k]);
          context.lineTo(...cut[k + 1]);
        }
      }
    }
    context.setLineDash(level < 0 ? [5, 3] : []);
    context.strokeStyle = "#111111";
    context.lineWidth = 1;
    context.stroke();
  };

  const contours = (lines, zoom) => {
    data.structures.forEach((structure, number) => {
      if (hidden.has(number)) return;
      context.beginPath();
      for (const line of lines[number][plane]) {
        for (let i = 0; i < line.length; i += 2) {
          const x = ((line[i] / 10 - data.origin_mm[0]) / data.step_mm + 0.5) * zoom;
          const y = ((line[i + 1] / 10 - data.origin_mm[1]) / data.step_mm + 0.5) * zoom;
          if (i) context.lineTo(x, y);
          else context.moveTo(x, y);
        }
      }
      context.setLineDash([]);
      context.strokeStyle = "rgb(255 255 255 / 75%)";
      context.lineWidth = 4;
      context.stroke();
      context.setLineDash(structure.dashes.map((length) => 2 * length));
      context.strokeStyle = structure.colour;
      context.lineWidth = 2;
      context.stroke();
    });
    context.setLineDash([]);
  };

  const frame = (zoom) => {
    const { width, height } = canvas;
    const size = Math.max(13, Math.round(width / 45));
    context.font = `bold ${size}px sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const tag = (text, x, y) => {
      const half = 0.5 * context.measureText(text).width + 4;
      context.fillStyle = "rgb(255 255 255 / 85%)";
      context.fillRect(x - half, y - 0.7 * size, 2 * half, 1.4 * size);
      context.fillStyle = "#111111";
      context.fillText(text, x, y);
    };
    const [left, right, top, bottom] = data.letters;
    tag(left, size, height / 2);
    tag(right, width - size, height / 2);
    tag(top, width / 2, size);
    tag(bottom, width / 2, height - size);
    const length = (50 / data.step_mm) * zoom;
    context.fillStyle = "rgb(255 255 255 / 85%)";
    context.fillRect(size - 4, height - 2.9 * size, length + 8, 2.2 * size);
    context.fillStyle = "#111111";
    context.fillRect(size, height - 1.2 * size, length, 3);
    context.fillText("50 mm", size + length / 2, height - 2 * size);
  };

  const read = () => {
    const box = one("reading");
    if (pointer === null) return;
    const [row, column] = pointer;
    const nearest = plane * area + Math.round(row) * columns + Math.round(column);
    const words = doses.map((dose) => (dose[nearest] === data.unknown ? null : dose[nearest] * data.step_gy));
    const shown = (value, sign = "") => (value === null ? "unknown" : `${value > 0 ? sign : ""}${value.toFixed(1).replace("-", "−")} Gy`);
    const difference = data.no_difference || words.includes(null) ? "" : `, difference ${shown(words[1] - words[0], "+")}`;
    const x = data.origin_mm[0] + Math.round(column) * data.step_mm;
    const y = data.origin_mm[1] + Math.round(row) * data.step_mm;
    box.textContent = `without ${shown(words[0])}, with ${shown(words[1])}${difference} at x ${x.toFixed(0).replace("-", "−")}, y ${y.toFixed(0).replace("-", "−")} mm`;
  };

  let waiting = false;
  const show = () => {
    slider.value = plane;
    const height = `z = ${data.heights_mm[plane].toFixed(1).replace("-", "−")} mm`;
    one("height").textContent = `${height} (${plane + 1} of ${planes})`;
    slider.setAttribute("aria-valuetext", height);
    canvas.setAttribute("aria-label", `Axial plane at ${height}: ${["dose without IMN", "dose with IMN", "dose with minus without IMN"][mode]}`);
    read();
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      paint();
    });
  };
  const go = (to) => {
    plane = Math.min(Math.max(to, 0), planes - 1);
    show();
  };
  const legend = () => {
    const scale = scaleOf();
    one("steps").replaceChildren();
    scale.colours.forEach((colour, step) => {
      if (colour === null) return;
      const entry = document.createElement("span");
      const box = document.createElement("i");
      box.style.background = scale.flat[step];
      const upwards = step > 0 && scale.levels_gy[step - 1] >= 0;
      entry.append(box, upwards ? `≥ ${scale.ticks[step - 1]} Gy` : `< ${scale.ticks[step]} Gy`);
      one("steps").append(entry);
    });
  };

  slider.max = planes - 1;
  slider.addEventListener("input", () => go(Number(slider.value)));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    go(plane - Math.sign(event.deltaY));
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    go(plane + step);
  });
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const place = (share, count) => Math.min(Math.max(share * count - 0.5, 0), count - 1);
    pointer = [place((event.clientY - box.top) / box.height, rows), place((event.clientX - box.left) / box.width, columns)];
    read();
  };
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point);
  for (const choice of document.querySelectorAll("input[name=mode]")) {
    choice.addEventListener("change", () => {
      mode = Number(choice.value);
      legend();
      show();
    });
  }
  data.structures.forEach((structure, number) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = true;
    const line = document.createElementNS(one("still").querySelector("svg").namespaceURI, "svg");
    line.setAttribute("viewBox", "0 0 36 12");
    line.setAttribute("class", "swatch");
    line.setAttribute("aria-hidden", "true");
    const stroke = document.createElementNS(line.namespaceURI, "path");
    for (const [name, value] of Object.entries({ d: "M0 6H36", stroke: structure.colour, "stroke-width": 2.4, "stroke-dasharray": structure.dashes.map((length) => 2 * length).join(" ") })) stroke.setAttribute(name, value);
    line.append(stroke);
    const name = document.createElement("bdi");
    name.textContent = structure.name;
    label.append(box, line, name);
    one("structures").append(label);
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(number);
      else hidden.add(number);
      show();
    });
  });
  const fit = () => {
    canvas.width = Math.round(Math.min(900, Math.max(320, canvas.parentElement.clientWidth * Math.min(devicePixelRatio, 2))));
    canvas.height = Math.round((canvas.width * rows) / columns);
    show();
  };
  one("viewer").hidden = false;
  one("still").hidden = true;
  legend();
  fit();
  addEventListener("resize", fit);
})();
