// Draws the walk, and moves through it. A step's number is how many have been done: 0 is the start.
'use strict';
const walk = JSON.parse(document.getElementById('walk').textContent);
const part = id => document.getElementById(id);

function element(parent, tag, kind, text) {
  const e = parent.appendChild(document.createElement(tag));
  if (kind) e.className = kind;
  if (text !== undefined) e.textContent = text;
  return e;
}
const colour_of = thread => 'var(--t' + thread % 6 + ')';
function by_thread(e, thread) {
  e.style.setProperty('--c', colour_of(thread));
  return e;
}

// --- what follows from the walk ----------------------------------------------------------------------------------------

const performed_in = [], buffered_in = [];  // by event: the index of the step in which it takes effect, or enters the buffer
walk.steps.forEach((step, i) => {
  const when = step.action === 'buffer' ? buffered_in : performed_in;
  for (const event of [step.event, step.write]) if (event >= 0) when[event] = i;
});
const source_of = [];
for (const e of walk.edges) if (e.relation === 'rf') source_of[e.to] = e.from;

// Steps of one call of a function one after the other, or of one statement that does several things: they fold into a line.
const groups = [];
for (let i = 0; i < walk.steps.length;) {
  const first = walk.steps[i];
  const key = s => s.thread + ' ' + (s.call || s.file + ':' + s.line + s.source);
  let end = i + 1;
  while (end < walk.steps.length && key(walk.steps[end]) === key(first) && walk.steps[end].action !== 'drain' &&
         walk.steps[end].line >= walk.steps[end - 1].line) ++end;
  if (end > i + 1 && first.action !== 'drain') groups.push({ first: i, end, call: first.call });
  i = end;
}

// Puts spans beside each other so that none covers another; returns how many columns that takes.
function put_side_by_side(spans) {
  const ends = [];
  for (const span of spans.sort((a, b) => a.first - b.first)) {
    let track = ends.findIndex(end => end < span.first);
    if (track < 0) track = ends.length;
    ends[track] = span.last;
    span.track = track;
  }
  return ends.length;
}
const held = walk.threads.map((_, t) => walk.spans.filter(s => s.thread === t));
const waiting = walk.threads.map((_, t) => walk.nodes.flatMap((node, event) =>
  node.thread === t && buffered_in[event] !== undefined
    ? [{ event, thread: t, kind: 'buffer', text: node.name.replace(/^\S+ /, '') + ' in the store buffer', first: buffered_in[event], last: performed_in[event] ?? walk.steps.length - 1 }]
    : []));
const held_tracks = held.map(put_side_by_side), waiting_tracks = waiting.map(put_side_by_side);

// --- lanes ---------------------------------------------------------------------------------------------------------------

// Columns of the grid: a number; for each thread a gutter for arrows, its sections, what it does, its store buffer; then, where
// lanes are narrow, the texts.
const column = { gutter: t => 2 + 4 * t, sections: t => 3 + 4 * t, lane: t => 4 + 4 * t, buffer: t => 5 + 4 * t, text: 2 + 4 * walk.threads.length };
const row_of = i => is_folded(i) ? 2 * i + 2 - 2 * (i - group_of[i].first) : 2 * i + 3;
const group_of = [];
for (const g of groups) for (let i = g.first; i < g.end; ++i) group_of[i] = g;
const is_folded = i => group_of[i] !== undefined && group_of[i].is_folded;

const lanes = part('lanes');
const endings = [];
const spanning = [];  // items whose rows depend on what is folded

function item(kind, columns, narrow_columns) {
  const e = element(lanes, 'div', kind);
  e.style.setProperty('--column', columns);
  if (narrow_columns) e.style.setProperty('--narrow-column', narrow_columns);
  return e;
}

function add_box(i, kind) {
  const step = walk.steps[i];
  const box = by_thread(item('box ' + kind, column.lane(step.thread), column.text), step.thread);
  element(box, 'span', 'who thread', walk.threads[step.thread]);
  return box;
}

function draw_lanes() {
  const template = (gutter, track, lane, text, number) => [number, ...walk.threads.flatMap((_, t) =>
    [gutter, held_tracks[t] * track + 'px', lane, waiting_tracks[t] * track + 'px']), text].join(' ');
  lanes.style.setProperty('--wide', template('14px', 15, 'minmax(0, 1fr)', '0', '1.8rem'));
  lanes.style.setProperty('--narrow', template('9px', 7, '13px', 'minmax(0, 1fr)', '1.5rem'));
  walk.threads.forEach((name, t) => {
    by_thread(item('head', column.lane(t)), t).textContent = name;
    item('life', column.lane(t)).style.gridRow = '2 / ' + (2 * walk.steps.length + 3);
  });
  walk.steps.forEach((step, i) => {
    const row = item('row', '1 / -1');
    row.onclick = () => go(i + 1);
    const number = item('number', 1);
    number.textContent = i + 1;
    const dot = by_thread(item('dot', column.lane(step.thread)), step.thread);
    const box = add_box(i, '');
    element(box, 'span', 'place', step.place + (step.call ? ' in ' + step.call + '()' : ''));
    element(box, 'code', '', step.source);
    element(box, 'span', 'effect', step.effect);
    if (step.remark) element(box, 'div', 'remark', step.remark);
    step.items = [row, number, dot, box];
    for (const e of step.items) e.style.gridRow = 2 * i + 3;
  });
  for (const group of groups) {
    const i = group.first, step = walk.steps[i];
    const row = item('row', '1 / -1');
    const dot = by_thread(item('dot', column.lane(step.thread)), step.thread);
    const box = add_box(i, 'fold');
    row.onclick = box.onclick = () => go(i + 1);
    const names = walk.steps.slice(i, group.end).flatMap(s => s.write >= 0 && s.write !== s.event ? [s.event, s.write] : [s.event]);
    element(box, 'code', '', group.call ? group.call + '()' : step.source);
    element(box, 'span', 'place', 'steps ' + (i + 1) + ' to ' + group.end + ': ' + names.map(e => walk.nodes[e].name).join(', '));
    group.items = [row, dot, box];
    for (const e of group.items) e.style.gridRow = 2 * i + 2;
  }
  walk.threads.forEach((_, t) => {
    const bars = [[held[t], column.sections(t)], [waiting[t], column.buffer(t)]];
    for (const [spans, at] of bars) {
      for (const span of spans) {
        const bar = item('bar ' + span.kind, at);
        const tracks = at === column.sections(t) ? held_tracks[t] : waiting_tracks[t];
        bar.style.marginLeft = 'calc(' + span.track + ' * 100% / ' + tracks + ' + 1px)';
        bar.style.width = 'calc(100% / ' + tracks + ' - 2px)';
        bar.title = walk.threads[t] + ': ' + span.text;
        element(bar, 'span', '', span.text);
        spanning.push({ e: bar, first: span.first, last: span.last, ends: true });
      }
    }
  });
  draw_arrows();
  draw_ending();
}

// Who waits in a deadlock stands in its lane; all else concerns all.
function draw_ending() {
  const waits = walk.kind === 'deadlock' ? walk.marks : [];
  const rest = walk.ending.filter(text => !waits.some(m => m.text === text));
  for (const { thread, text } of [...waits, ...rest.map(text => ({ thread: -1, text }))]) {
    const box = thread >= 0 ? by_thread(item('box', column.lane(thread), column.text), thread) : item('box', '2 / -1', column.text);
    box.classList.add('ending');
    box.classList.toggle('bad', walk.violation);
    element(box, 'span', '', text);
    endings.push(box);
    box.style.gridRow = 2 * walk.steps.length + 2 + endings.length;
  }
}

// Who reads from whom: out of the store, down beside the lane of the reader, and into the read.
function draw_arrows() {
  const used = [];  // by gutter: how many arrows
  walk.steps.forEach((step, i) => {
    const source = step.action === 'perform' ? source_of[step.event] : undefined;
    if (source === undefined || walk.nodes[source].thread < 0) return;
    const from = walk.nodes[source].thread, to = step.thread, begin = performed_in[source];
    if (from === to || begin === undefined || begin >= i) return;
    const right = from < to;
    const gutter = column.gutter(right ? to : to + 1);
    const shift = (used[gutter] = (used[gutter] ?? -1) + 1) % 3;
    const wire = item('wire ' + (right ? 'right' : 'left'),
      right ? column.buffer(from) + ' / ' + (gutter + 1) : gutter + ' / ' + column.lane(from));
    const tip = item('tip ' + (right ? 'to-right' : 'to-left'),
      right ? gutter + ' / ' + column.lane(to) : column.buffer(to) + ' / ' + (gutter + 1));
    for (const e of [wire, tip]) e.style.setProperty('--shift', shift);
    spanning.push({ e: wire, first: begin, last: i, arrow: true }, { e: tip, first: i, last: i, arrow: true });
    for (const end of [i, begin]) (walk.steps[end].arrows ??= []).push(wire, tip);
  });
}

function place_rows() {
  for (const g of groups) {
    for (const e of g.items) e.classList.toggle('hidden', !g.is_folded);
    for (let i = g.first; i < g.end; ++i) for (const e of walk.steps[i].items) e.classList.toggle('hidden', g.is_folded);
  }
  for (const s of spanning) {
    const first = row_of(s.first), last = row_of(s.last);
    s.e.style.gridRow = s.arrow ? first + ' / ' + Math.max(last, first) : first + ' / ' + (last + 1);
  }
}

function show_lanes() {
  walk.steps.forEach((step, i) => {
    for (const e of step.items) {
      e.classList.toggle('now', i + 1 === at);
      e.classList.toggle('later', i + 1 > at);
    }
  });
  for (const g of groups) {
    g.is_folded = part('fold').checked && !(g.first < at && at <= g.end);
    g.items[2].classList.toggle('later', g.first + 1 > at);
  }
  for (const e of endings) e.classList.toggle('later', at < walk.steps.length);
  place_rows();
  for (const s of spanning) s.e.classList.remove('bright');
  for (const e of at > 0 ? walk.steps[at - 1].arrows ?? [] : []) e.classList.add('bright');
}

// --- the state -----------------------------------------------------------------------------------------------------------

function show_state() {
  const state = n => n > 0 ? walk.steps[n - 1] : { memory: walk.initial, buffers: walk.threads.map(() => []), sections: walk.threads.map(() => []) };
  const now = state(at), before = state(Math.max(at - 1, 0));
  const cell = (row, lines, previous) => {
    const td = element(row, 'td', lines.join() === previous.join() ? '' : 'changed');
    for (const line of lines.length ? lines : ['–']) element(td, 'div', '', line);
  };
  const threads = part('threads');
  threads.textContent = '';
  const head = element(threads, 'tr');
  for (const title of ['thread', 'store buffer', 'locks and sections']) element(head, 'th', '', title);
  walk.threads.forEach((name, t) => {
    const row = element(threads, 'tr');
    by_thread(element(row, 'th', 'thread', name), t);
    cell(row, now.buffers[t], before.buffers[t]);
    cell(row, now.sections[t], before.sections[t]);
  });
  const memory = part('memory');
  memory.textContent = '';
  walk.locations.forEach((name, l) => {
    const row = element(memory, 'tr');
    element(row, 'th', '', name);
    cell(row, [now.memory[l]], [before.memory[l]]);
  });
}

// --- the source ----------------------------------------------------------------------------------------------------------

let shown_file = -1, lines = [];

function open_file(file) {
  if (file === shown_file || !walk.sources[file]) return;
  shown_file = file;
  const list = part('source');
  list.textContent = '';
  lines = walk.sources[file].lines.map((text, i) => {
    const line = element(list, 'li');
    element(line, 'span', '', i + 1);
    element(line, 'code', '', text);
    element(line, 'span');
    return line;
  });
}

// Where each thread is: at its last step, or where it waits in the end.
function places() {
  const at_thread = [];
  walk.steps.slice(0, at).forEach(step => {
    if (step.action !== 'drain' && step.file >= 0) at_thread[step.thread] = step;
  });
  if (at === walk.steps.length && walk.kind === 'deadlock') for (const m of walk.marks) if (m.file >= 0) at_thread[m.thread] = m;
  return at_thread;
}

function show_source(wanted) {
  const now = at > 0 ? walk.steps[at - 1] : undefined;
  const target = wanted ?? (at === walk.steps.length ? walk.marks.find(m => m.file >= 0) : undefined) ?? now;
  open_file(target && target.file >= 0 ? target.file : Math.max(shown_file, 0));
  const at_thread = places();
  const tabs = part('tabs');
  tabs.textContent = '';
  walk.sources.forEach((source, f) => {
    const tab = element(tabs, 'button', '', source.file.replace(/.*\//, ''));
    tab.title = source.file;
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-selected', f === shown_file);
    tab.onclick = () => show_source({ file: f, line: at_thread.find(p => p && p.file === f)?.line ?? 1 });
  });
  lines.forEach((line, i) => {
    line.className = now && now.file === shown_file && now.line === i + 1 ? 'now' : '';
    line.lastChild.textContent = '';
  });
  for (const m of walk.marks) if (m.file === shown_file) lines[m.line - 1]?.classList.add('mark');
  at_thread.forEach((place, t) => {
    const line = place.file === shown_file ? lines[place.line - 1] : undefined;
    if (line === undefined) return;
    line.classList.add('here');
    by_thread(element(line.lastChild, 'span', 'badge', walk.threads[t]), t);
  });
  const line = target && target.file === shown_file ? lines[target.line - 1] : undefined;
  const list = part('source');
  if (line) list.scrollTop += line.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 3;
}

// --- the graph -----------------------------------------------------------------------------------------------------------

const graph = part('graph');

function shape(parent, tag, attributes, text) {
  const e = parent.appendChild(document.createElementNS(graph.namespaceURI, tag));
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  if (text !== undefined) e.textContent = text;
  return e;
}

function letter(n) { return (n >= 26 ? letter(Math.floor(n / 26) - 1) : '') + String.fromCharCode(97 + n % 26); }

// Threads are columns, program order goes down. Of the initial writes those are drawn that another event has to do with.
function draw_graph() {
  const kLine = 16, kGap = 96, kMax = 34;
  const probe = shape(graph, 'text', {}, '0123456789');
  const kCharacter = (probe.getComputedTextLength() || 80) / 10;
  probe.remove();
  const first = walk.nodes.findIndex(node => node.thread >= 0);
  const is_used = walk.nodes.map(node => node.thread >= 0);
  for (const e of walk.edges) if (e.relation === 'rf') is_used[e.from] = true;
  const columns = [-1, ...walk.threads.keys()].map(t => walk.nodes.flatMap((n, e) => n.thread === t && is_used[e] ? [e] : []));
  const boxes = [];
  let x = 8, height = 0;
  columns.forEach((events, c) => {
    if (events.length === 0 && c === 0) return;
    const title = c === 0 ? 'initially' : walk.threads[c - 1];
    const texts = events.map(e => {
      const name = (c === 0 ? '' : letter(e - first) + ': ') + walk.nodes[e].name;
      const words = name.split(' '), rows = [''];
      for (const word of words) {
        if (rows.at(-1) && rows.at(-1).length + word.length + 1 > kMax) rows.push('   ' + word);
        else rows[rows.length - 1] += (rows.at(-1) ? ' ' : '') + word;
      }
      return rows;
    });
    const width = 12 + kCharacter * Math.max(title.length, ...texts.flat().map(t => t.length));
    const head = shape(graph, 'text', { x: x + width / 2, y: 16, 'text-anchor': 'middle', class: 'title' }, title);
    if (c > 0) by_thread(head, c - 1);
    let y = 28;
    events.forEach((e, i) => {
      const tall = texts[i].length * kLine + 6;
      boxes[e] = { x, y, width, height: tall, column: c, texts: texts[i] };
      y += tall + 18;
    });
    height = Math.max(height, y);
    x += width + kGap;
  });
  const width = x - kGap + 60;
  graph.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
  graph.setAttribute('width', width);
  graph.setAttribute('height', height);
  const relations = [...new Set(walk.edges.map(e => e.relation))].sort((a, b) => order(a) - order(b));
  const defs = shape(graph, 'defs', {});
  for (const r of relations) {
    const marker = shape(defs, 'marker', { id: 'arrow-' + r, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto-start-reverse', class: r });
    shape(marker, 'path', { d: 'M0 0L8 4L0 8z', style: 'fill: var(--e)' });
  }
  const edges = shape(graph, 'g', {});
  boxes.forEach((b, e) => {
    const node = shape(graph, 'g', { class: 'node' });
    shape(node, 'rect', { x: b.x, y: b.y, width: b.width, height: b.height, rx: 3 });
    b.texts.forEach((text, i) => shape(node, 'text', { x: b.x + 6, y: b.y + 15 + kLine * i, 'xml:space': 'preserve' }, text));
    b.node = node;
  });
  const labels = shape(graph, 'g', {});
  const controlled = [];  // by read: the first event that a branch on it controls; so are all behind that
  for (const e of walk.edges) if (e.relation === 'ctrl') controlled[e.from] = Math.min(controlled[e.from] ?? e.to, e.to);
  walk.edges.forEach((e, n) => {
    if (e.relation === 'ctrl' && controlled[e.from] !== e.to) return;
    const is_plain = e.relation === 'co' && walk.nodes[e.from].thread < 0;  // whatever is written overwrites the initial value
    if (boxes[e.from] && boxes[e.to] && !is_plain) draw_edge(edges, labels, e, boxes[e.from], boxes[e.to], n);
  });
  walk.nodes.forEach((node, e) => { node.shape = boxes[e]?.node; });
  graph.classList.toggle('busy', labels.childElementCount > 30);
  for (const r of relations) {
    const label = element(part('relations'), 'label', r);
    const box = element(label, 'input');
    box.type = 'checkbox';
    box.checked = true;
    box.onchange = () => { for (const e of [...edges.getElementsByClassName(r), ...labels.getElementsByClassName(r)]) e.style.display = box.checked ? '' : 'none'; };
    label.append(' ' + r);
  }
}

const order = relation => ['po', 'rf', 'co', 'fr'].indexOf(relation) + 1 || 9;

function draw_edge(edges, labels, edge, a, b, n) {
  const middle = box => box.y + box.height / 2;
  const spread = (n % 3 - 1) * 4;  // so that edges between the same events lie beside each other
  let d, label;
  if (edge.relation === 'po') {
    const x = a.x + 22;
    d = 'M' + x + ' ' + (a.y + a.height) + 'L' + x + ' ' + (b.y - 2);
  } else if (a.column === b.column) {
    const is_left = order(edge.relation) === 9;
    const x = is_left ? a.x : a.x + a.width, out = (is_left ? -1 : 1) * Math.min(14 + Math.abs(middle(b) - middle(a)) / 7, 56);
    d = 'M' + x + ' ' + (middle(a) + spread) + 'C' + (x + out) + ' ' + middle(a) + ' ' + (x + out) + ' ' + middle(b) + ' ' + x + ' ' + (middle(b) + spread);
    label = [x + out * 0.75, (middle(a) + middle(b)) / 2 + 4];
  } else {
    const right = a.column < b.column;
    const x1 = right ? a.x + a.width : a.x, x2 = right ? b.x - 1 : b.x + b.width + 1;
    const y1 = middle(a) + spread, y2 = middle(b) + spread, bend = (right ? 1 : -1) * 40;
    d = 'M' + x1 + ' ' + y1 + 'C' + (x1 + bend) + ' ' + y1 + ' ' + (x2 - bend) + ' ' + y2 + ' ' + x2 + ' ' + y2;
    // Between the columns, where no text is.
    const t = 1 - (0.3 + n % 3 * 0.12) * Math.min(1, 96 / Math.abs(x2 - x1));
    const on_curve = (p, q, r, s) => p * (1 - t) ** 3 + 3 * q * t * (1 - t) ** 2 + 3 * r * t * t * (1 - t) + s * t ** 3;
    label = [on_curve(x1, x1 + bend, x2 - bend, x2), on_curve(y1, y1, y2, y2) + 4];
  }
  edge.shapes = [shape(edges, 'path', { d, class: 'edge ' + edge.relation, 'marker-end': 'url(#arrow-' + edge.relation + ')' })];
  if (label) edge.shapes.push(shape(labels, 'text', { x: label[0], y: label[1], 'text-anchor': 'middle', class: 'edge-name ' + edge.relation }, edge.relation));
}

// Where there are many edges, those of the present events stand out.
function show_graph() {
  const now = at > 0 ? walk.steps[at - 1] : { event: -1, write: -1 };
  const is_now = event => event === now.event || event === now.write;
  walk.nodes.forEach((node, e) => node.shape?.classList.toggle('now', is_now(e)));
  for (const e of walk.edges) for (const s of e.shapes ?? []) s.classList.toggle('touches', is_now(e.from) || is_now(e.to));
}

// --- moving --------------------------------------------------------------------------------------------------------------

let at = 0;

function show() {
  const step = at > 0 ? walk.steps[at - 1] : undefined;
  part('at').textContent = 'step ' + at + ' of ' + walk.steps.length;
  const now = part('now');
  now.textContent = '';
  if (step) {
    by_thread(element(now, 'span', 'thread', walk.threads[step.thread]), step.thread);
    now.append(' ' + step.place + ': ' + step.effect);
  } else {
    now.textContent = 'the start: nothing has happened yet';
  }
  show_lanes();
  show_state();
  show_source();
  show_graph();
}

function go(step) {
  at = Math.max(0, Math.min(walk.steps.length, step));
  show();
  if (at > 0) walk.steps[at - 1].items[0].scrollIntoView({ block: 'nearest' });
  history.replaceState(null, '', '#' + at);
}

function show_header() {
  document.title = walk.name + ': ' + walk.shows;
  part('name').textContent = walk.name;
  part('about').textContent = walk.file + ', under ' + walk.model;
  const verdict = part('verdict');
  verdict.className = walk.violation ? 'bad' : '';
  element(verdict, 'strong', '', walk.shows);
  for (const text of walk.ending) {
    if (text !== walk.shows && !walk.marks.some(m => text.includes(m.text))) element(verdict, 'div', '', text);
  }
  for (const mark of walk.marks) {
    const line = element(verdict, 'div');
    const link = element(line, mark.file >= 0 ? 'a' : 'span', '', mark.text === walk.shows ? 'where it is checked' : mark.text);
    if (mark.file < 0) continue;
    link.tabIndex = 0;
    link.onclick = () => show_source(mark);
  }
}

function show_legend() {
  const kinds = new Set([...held.flat(), ...waiting.flat()].map(s => s.kind));
  const words = { lock: 'holds a lock', rcu: 'in an RCU read-side critical section', srcu: 'in an SRCU read-side critical section', buffer: 'a store is in the store buffer' };
  for (const [kind, text] of Object.entries(words)) {
    if (!kinds.has(kind)) continue;
    const entry = element(part('legend'), 'span');
    element(entry, 'i').style.background = 'var(--' + kind + ')';
    entry.append(text);
  }
  if (spanning.some(s => s.arrow)) element(part('legend'), 'span', '', '→ reads what was stored there');
}

draw_lanes();
draw_graph();
show_header();
show_legend();
part('folding').hidden = groups.length === 0;

// Texts stand in the lanes if there is room for them.
function fit() { lanes.classList.toggle('narrow', part('timeline').clientWidth < 170 * walk.threads.length + 60); }
window.onresize = fit;
fit();

const moves = {
  g: () => go(0), p: () => go(at - 1), n: () => go(at + 1), G: () => go(walk.steps.length),
  f: () => { part('fold').checked = !part('fold').checked; show(); },
};
const same = { Home: 'g', End: 'G', k: 'p', ArrowUp: 'p', ArrowLeft: 'p', j: 'n', ' ': 'n', ArrowDown: 'n', ArrowRight: 'n' };
part('first').onclick = moves.g;
part('previous').onclick = moves.p;
part('next').onclick = moves.n;
part('last').onclick = moves.G;
part('fold').onchange = show;
document.onkeydown = event => {
  const move = moves[same[event.key] ?? event.key];
  if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  move();
};
// Paper shows everything.
let was_folded = true;
window.onbeforeprint = () => { was_folded = part('fold').checked; part('fold').checked = false; show(); };
window.onafterprint = () => { part('fold').checked = was_folded; show(); };
const from_address = () => /^#\d+$/.test(location.hash) ? Number(location.hash.slice(1)) : walk.steps.length;
window.onhashchange = () => go(from_address());
at = Math.min(from_address(), walk.steps.length);
show();
