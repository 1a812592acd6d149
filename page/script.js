// Taking and leaving edits in the browser, at once. Runs as js_on_load of the result (app.py):
// `element` holds what page/diff.py wrote, `watch` tells when it was written anew, and
// trigger("choose") tells the server which edits are left, so that it can score the new text.
// trigger("own") adds a word to the user's own.

const left = new Set(); // keys of the edits that are not taken
let past = []; // earlier contents of `left`, for undo
let run = null;
let source = "";
let pieces = [];
let told = "";

const side = document.getElementById("result"); // the whole right side, never written anew
const all = (selector) => [...element.querySelectorAll(selector)];
const one = (selector) => element.querySelector(selector);
const marks = () => all(".edit");
const result = () => one(".result");
const busy = () => ["waiting", "loading", "editing"].includes(result()?.dataset.phase);

function finalText() {
  return pieces
    .map((piece) => (Array.isArray(piece) ? piece[left.has(piece[0]) ? 1 : 2] : piece))
    .join("");
}

function say(text) {
  document.getElementById("say").textContent = text;
}

function put(node, name, value) {
  if (node && node.getAttribute(name) !== value) node.setAttribute(name, value);
}

function label(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

// Makes every mark, box, chip and count agree with `left`.
function draw() {
  for (const mark of marks()) {
    put(mark, "aria-pressed", String(!left.has(mark.dataset.key)));
  }
  for (const row of all("[data-row]")) {
    row.classList.toggle("left", left.has(row.dataset.row));
    row.querySelector("input").checked = !left.has(row.dataset.row);
  }
  for (const chip of all(".chip")) {
    const keys = keysOf(chip.dataset.kind);
    const open = keys.filter((key) => left.has(key)).length;
    put(chip, "aria-pressed", open === 0 ? "true" : open === keys.length ? "false" : "mixed");
  }
  const total = marks().length;
  const taken = marks().filter((mark) => !left.has(mark.dataset.key)).length;
  label(one(".tools .count"), `${taken} of ${total} edit${total === 1 ? "" : "s"} taken`);
  label(one(".final"), finalText());
  const undo = one("[data-do=undo]");
  if (undo) undo.disabled = past.length === 0;
  for (const button of all("[data-do=copy], [data-do=download]")) button.disabled = !pieces.length;
  show(side.dataset.view);
  rove();
}

// One tab stop for all marks: the arrow keys move it.
function rove(mark) {
  const stop = mark || marks().find((each) => each === document.activeElement) || marks()[0];
  for (const each of marks()) put(each, "tabindex", each === stop ? "0" : "-1");
}

function keysOf(kind) {
  return marks().filter((mark) => mark.dataset.kind === kind).map((mark) => mark.dataset.key);
}

function change(keys, take) {
  past.push([...left]);
  for (const key of keys) take ? left.delete(key) : left.add(key);
  draw();
  tell();
}

function toggle(key) {
  const take = left.has(key);
  change([key], take);
  say(take ? "Taken" : "Left as it was");
}

// The server hears of a choice once the run is over; until then the choice waits here.
function tell() {
  const choice = JSON.stringify([run, [...left].sort()]);
  if (busy() || choice === told) return;
  told = choice;
  trigger("choose", { run, left: [...left] });
}

function show(view) {
  side.dataset.view = view;
  for (const button of all("[data-view]")) {
    put(button, "aria-pressed", String(button.dataset.view === view));
  }
}

async function copy() {
  const text = finalText();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = document.body.appendChild(document.createElement("textarea"));
    box.value = text; // the clipboard needs https or localhost; this older way does not
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  flash(one("[data-do=copy]"), "Copied");
}

function flash(button, text) {
  const before = button.textContent;
  say(text);
  if (before === text) return;
  button.textContent = text;
  setTimeout(() => label(button, before), 1500);
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([finalText()], { type: "text/plain;charset=utf-8" }));
  link.download = "email-proofread.txt";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  say("Downloaded as email-proofread.txt");
}

function undo() {
  if (!past.length) return;
  const earlier = past.pop();
  left.clear();
  for (const key of earlier) left.add(key);
  draw();
  tell();
  say("Undone");
}

const everyKey = () => marks().map((mark) => mark.dataset.key);
const actions = {
  copy,
  download,
  undo,
  all: () => (change(everyKey(), true), say("All edits taken")),
  none: () => (change(everyKey(), false), say("All edits left")),
  original: () => (change(everyKey(), false), say("This is your original again")),
};

// A word of the user's own: app.py keeps it in the browser; the edit is left.
function own(button) {
  trigger("own", { word: button.dataset.word });
  const key = button.closest("[data-row]").dataset.row;
  if (!left.has(key)) change([key], false);
  say(`“${button.dataset.word}” is one of your words now`);
}

function chosen(target) {
  const button = target.closest("button");
  if (!button) return false;
  if (button.dataset.do) actions[button.dataset.do]();
  else if (button.dataset.view) show(button.dataset.view);
  else if (button.classList.contains("own")) own(button);
  else if (button.dataset.kind) {
    const take = button.getAttribute("aria-pressed") !== "true";
    change(keysOf(button.dataset.kind), take);
    say(`${button.dataset.kind}: ${take ? "taken" : "left"}`);
  }
  return true;
}

element.addEventListener("click", (event) => {
  hideCard();
  if (chosen(event.target)) return;
  const mark = event.target.closest(".edit");
  if (!mark) return;
  mark.focus();
  toggle(mark.dataset.key);
});

element.addEventListener("change", (event) => {
  if (event.target.dataset.key) toggle(event.target.dataset.key);
});

const STEPS = {
  ArrowRight: 1, ArrowDown: 1, j: 1, ArrowLeft: -1, ArrowUp: -1, k: -1, Home: -1e9, End: 1e9,
};

element.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && past.length) {
    undo();
    event.preventDefault();
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") hideCard();
  const spot = event.target.closest(".edit, [data-row] input");
  if (!spot) return;
  if (event.key === "Enter" || (event.key === " " && spot.matches(".edit"))) {
    toggle(spot.dataset.key);
  } else if (event.key in STEPS) {
    const spots = spot.matches(".edit") ? marks() : all("[data-row] input");
    const next = spots.indexOf(spot) + STEPS[event.key];
    spots[Math.max(0, Math.min(spots.length - 1, next))].focus();
  } else return;
  event.preventDefault();
});

// The card beside a mark: what its row in the list says, so nobody has to look there.
const card = document.body.appendChild(document.createElement("div"));
card.className = "edit-card";
card.setAttribute("aria-hidden", "true"); // the mark's label says the same
card.hidden = true;

function showCard(mark) {
  const row = one(`[data-row="${mark.dataset.key}"]`);
  if (!row) return;
  const line = (name) => {
    const node = document.createElement("p");
    node.className = name;
    node.textContent = row.querySelector(`.${name}`).textContent;
    return node;
  };
  card.replaceChildren(line("kind"), line("why"), line("facts"));
  card.hidden = false;
  const box = mark.getClientRects()[0] || mark.getBoundingClientRect();
  const room = document.documentElement.clientWidth - card.offsetWidth - 8;
  const above = box.top - card.offsetHeight - 8;
  card.style.left = `${Math.max(8, Math.min(box.left, room))}px`;
  card.style.top = `${above > 8 ? above : box.bottom + 8}px`;
}

function hideCard() {
  card.hidden = true;
}

element.addEventListener("focusin", (event) => {
  const mark = event.target.closest(".edit");
  if (!mark) return hideCard();
  rove(mark);
  showCard(mark);
});
element.addEventListener("focusout", hideCard);
element.addEventListener("mouseover", (event) => {
  const mark = event.target.closest(".edit");
  mark ? showCard(mark) : hideCard();
});
element.addEventListener("mouseleave", hideCard);
window.addEventListener("scroll", hideCard, { passive: true });

function renew() {
  const now = result();
  if (!now) return;
  if (now.dataset.run !== run) {
    run = now.dataset.run;
    left.clear();
    past = [];
    told = JSON.stringify([run, []]);
    side.dataset.view = "changes";
    if (window.innerWidth < 900) side.scrollIntoView();
  }
  if (now.dataset.pieces !== source) {
    source = now.dataset.pieces;
    pieces = JSON.parse(source);
  }
  draw();
  if (busy()) return;
  tell();
  if (now.dataset.phase !== element.dataset.phase) say(one(".count")?.textContent || "");
  element.dataset.phase = now.dataset.phase;
}

// Gradio knows the place in the queue; here it is told in words.
const line = document.getElementById("progress");
new MutationObserver(() => {
  const [, place, length] = line.textContent.match(/queue: (\d+)\/(\d+)/) || [];
  if (place) label(line.querySelector(".progress p"), `Number ${place} of ${length} in the queue`);
}).observe(line, { childList: true, characterData: true, subtree: true });

watch("value", renew);
renew();

// Gradio names each radio button differently, so arrow keys would not move among the goals, and
// its accordions do not say whether they are open.
function mend() {
  const goal = document.querySelector("#goal");
  if (!goal) return setTimeout(mend, 100);
  put(goal, "aria-label", "Goal");
  for (const radio of document.querySelectorAll("#goal input")) put(radio, "name", "goal");
  for (const button of document.querySelectorAll(".gr-accordion > button")) {
    put(button, "aria-expanded", String(button.classList.contains("open")));
  }
}
mend();

if (!window.proofreadKey) {
  window.proofreadKey = true;
  document.addEventListener("click", () => setTimeout(mend, 50));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      document.querySelector("#go")?.click();
      event.preventDefault();
    }
  });
}
