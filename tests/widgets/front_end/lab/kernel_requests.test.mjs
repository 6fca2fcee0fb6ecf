import assert from "node:assert/strict";
import test from "node:test";

import { createExchange, WORDS } from "../../../../nlviz/widgets/static/lab/kernel_requests.js";
import { createModel } from "../../../../nlviz/widgets/static/pages/model.js";

/** An exchange over a model whose other side is this test: what was sent and told, and answers by hand. */
function exchange(t) {
  const [sent, told, hand] = [[], [], new AbortController()];
  t.after(() => hand.abort());
  const model = createModel((content) => sent.push(content));
  let answers = 0;
  return {
    ...createExchange(model, (...words) => told.push(words), hand.signal),
    sent,
    told,
    answer: (turn) => model.update({ answered: turn, answers: ++answers }),
    hear: (content) => model.hear(content, []),
    stop: () => hand.abort(),
  };
}
const turns = ({ sent }) => sent.map(({ knobs }) => knobs.value);

test("one turn is under way at a time, and of those that wait the newest goes next", (t) => {
  const lab = exchange(t);
  for (const value of [1, 2, 3]) lab.ask({ value });
  assert.deepEqual(turns(lab), [1]);
  assert.equal(lab.settled(), false);
  lab.answer(lab.sent[0].turn);
  assert.deepEqual(turns(lab), [1, 3]);
  lab.answer(lab.sent[1].turn);
  assert.equal(lab.settled(), true);
  assert.deepEqual(lab.told.at(-1), [""]);
});

test("the picture is busy from the turn on until it is answered", (t) => {
  const [said, hand] = [[], new AbortController()];
  t.after(() => hand.abort());
  const sent = [];
  const model = createModel((content) => sent.push(content));
  const lab = createExchange(model, () => {}, hand.signal, (yes) => said.push(yes));
  lab.ask({ value: 1 });
  assert.deepEqual(said, [true]);
  model.update({ answered: sent[0].turn, answers: 1 });
  assert.deepEqual(said, [true, false]);
});

test("an answer to another turn, of another page perhaps, settles nothing", (t) => {
  const lab = exchange(t);
  lab.ask({ value: 1 });
  lab.answer("another:1");
  assert.equal(lab.settled(), false);
});

test("turns have names of their own on every page", (t) => {
  const labs = [exchange(t), exchange(t)];
  for (const lab of labs) lab.ask({ value: 1 });
  assert.notEqual(labs[0].sent[0].turn, labs[1].sent[0].turn);
});

test("a run that a newer turn cuts short is not waited for, once it was heard of", (t) => {
  const lab = exchange(t);
  lab.ask({ value: 1 });
  lab.ask({ value: 2 });
  assert.deepEqual(turns(lab), [1]);
  lab.hear({ kind: "heard", turn: lab.sent[0].turn, live: true });
  assert.deepEqual(turns(lab), [1, 2]);
  lab.hear({ kind: "heard", turn: lab.sent[0].turn, live: true });
  lab.ask({ value: 3 });
  assert.deepEqual(turns(lab), [1, 2]);
});

test("a run that cannot be cut short is waited for, heard of or not", (t) => {
  const lab = exchange(t);
  lab.ask({ value: 1 });
  lab.ask({ value: 2 });
  lab.hear({ kind: "heard", turn: lab.sent[0].turn, live: false });
  lab.ask({ value: 3 });
  assert.deepEqual(turns(lab), [1]);
});

test("a kernel that is gone gets nothing more, and the page says so", (t) => {
  const lab = exchange(t);
  lab.ask({ value: 1 });
  lab.ask({ value: 2 });
  lab.hear({ kind: "gone" });
  assert.deepEqual(lab.told.at(-1), [WORDS.gone, true]);
  assert.equal(lab.settled(), true);
  lab.ask({ value: 3 });
  assert.deepEqual(turns(lab), [1]);
  assert.deepEqual(lab.told.at(-1), [WORDS.gone, true]);
});

test("a message that cannot be sent is the end of it", (t) => {
  const hand = new AbortController();
  t.after(() => hand.abort());
  const told = [];
  const model = createModel(() => {
    throw new Error("the server is gone");
  });
  createExchange(model, (...words) => told.push(words), hand.signal).ask({ value: 1 });
  assert.deepEqual(told.at(-1), [WORDS.gone, true]);
});

test("while nothing is heard the page says ever less hopefully what it knows", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const lab = exchange(t);
  lab.ask({ value: 1 });
  t.mock.timers.tick(149);
  assert.deepEqual(lab.told, []);
  t.mock.timers.tick(1);
  assert.deepEqual(lab.told.at(-1), [WORDS.computing]);
  for (let half = 0; half < 12; half++) t.mock.timers.tick(500);
  assert.deepEqual(lab.told.at(-1), [WORDS.silent]);
  lab.hear({ kind: "heard", turn: lab.sent[0].turn, live: false });
  t.mock.timers.tick(500);
  assert.deepEqual(lab.told.at(-1), [WORDS.computing]);
});

test("a page that is closed stops listening and saying", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const lab = exchange(t);
  lab.ask({ value: 1 });
  lab.stop();
  t.mock.timers.tick(10_000);
  lab.hear({ kind: "gone" });
  assert.deepEqual(lab.told, []);
});

/** A signal as JupyterLab has them: who listens, and `say` to speak. */
function signal() {
  const hears = new Set();
  return { connect: (one) => hears.add(one), disconnect: (one) => hears.delete(one), heard: () => hears.size, say: (...what) => hears.forEach((one) => one(...what)) };
}
const status = (session, execution_state) => ({ header: { msg_type: "status", session }, parent_header: { msg_type: "execute_request" }, content: { execution_state } });

for (const [word, say] of [
  ["its status", ({ statusChanged }) => statusChanged.say(null, "starting")],
  ["a new session", ({ iopubMessage }) => iopubMessage.say(null, status("second", "busy"))],
  ["its last answer", ({ iopubMessage }) => iopubMessage.say(null, { header: { msg_type: "shutdown_reply", session: "first" }, parent_header: {}, content: {} })],
])
  test(`a restart is known by ${word}, also where nothing is under way`, (t) => {
    const hand = new AbortController();
    t.after(() => hand.abort());
    const kernel = { status: "idle", statusChanged: signal(), iopubMessage: signal() };
    const model = Object.assign(createModel(() => {}), { widget_manager: { kernel } });
    const told = [];
    createExchange(model, (...words) => told.push(words), hand.signal);
    kernel.iopubMessage.say(null, status("first", "idle"));
    assert.deepEqual(told, []);
    say(kernel);
    assert.deepEqual(told.at(-1), [WORDS.gone, true]);
    // what the next one says is not for this lab
    assert.equal(kernel.statusChanged.heard() + kernel.iopubMessage.heard(), 0);
    const so_far = told.length;
    kernel.iopubMessage.say(null, status("third", "busy"));
    model.hear({ kind: "gone" }, []);
    assert.equal(told.length, so_far);
  });
