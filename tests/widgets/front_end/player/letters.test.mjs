import assert from "node:assert/strict";
import test from "node:test";

import { fitted, madeFor } from "../../../../nlviz/widgets/static/player/letters.js";

test("a narrow figure has smaller letters, lines and markers, but none that cannot be seen", () => {
  const template = {
    layout: { font: { size: 20 }, title: { font: { size: 12 } }, xaxis: { tickfont: { size: 18 } } },
    data: { scatter: [{ line: { width: 3 }, marker: { size: 10, line: { width: 1 } } }], bar: [{ marker: { size: 5, line: { width: 0 } } }] },
  };
  assert.deepEqual(fitted(template, 0.5), {
    layout: { font: { size: 12 }, title: { font: { size: 12 } }, xaxis: { tickfont: { size: 11 } } },
    data: { scatter: [{ line: { width: 1.5 }, marker: { size: 5, line: { width: 1 } } }], bar: [{ marker: { size: 4, line: { width: 0 } } }] },
  });
  assert.deepEqual(fitted(template, 1), template);
  assert.deepEqual(fitted(template, 0.5, 11).layout.font, { size: 11 });
});

test("letters that are small already stay as they are", () => {
  assert.deepEqual(fitted({ font: { size: 8 }, marker: { size: 3 }, width: 700 }, 0.5), { font: { size: 8 }, marker: { size: 3 }, width: 700 });
});

test("a wide figure keeps its template; most letters have the size of its font", () => {
  const template = { layout: { font: { size: 18 } } };
  assert.equal(madeFor(template, 1000).made, template);
  assert.equal(madeFor(template, 1200).letter, 18);
  assert.equal(madeFor(template, 800).letter, 14);
  assert.equal(madeFor(template, 690).letter, 12);
  assert.equal(madeFor(template, 400).letter, 11);
  assert.equal(madeFor({}, 800).letter, 13);
});

test("letters of code shrink with their columns on a phone alone", () => {
  const template = { data: { scatter: [{ textfont: { size: 13 } }] } };
  assert.equal(madeFor(template, 690).made.data.scatter[0].textfont.size, 11);
  assert.equal(madeFor(template, 300).made.data.scatter[0].textfont.size, 5);
});
