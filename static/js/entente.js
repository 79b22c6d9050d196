// What pages do better with a script. Everything works without it.

document.documentElement.classList.add("has-script");

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Time zone: proposed, never imposed.
for (const field of all("[data-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!field.value && (field.type === "hidden" || all("option", field).some((option) => option.value === zone))) {
    field.value = zone;
  }
}

// An address made from the name, until somebody types their own.
for (const field of all("[data-slug-of]")) {
  const source = document.getElementById(field.dataset.slugOf);
  let own = field.value !== "";
  field.addEventListener("input", () => { own = field.value !== ""; });
  source?.addEventListener("input", () => {
    if (own) return;
    field.value = source.value.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
      .replace(/[^a-z0-9]+/g, "-").slice(0, 50).replace(/^-|-$/g, "");
  });
}

// Copy.
for (const button of all("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.querySelector("[data-label]");
    const before = label.textContent;
    label.textContent = button.dataset.done;
    setTimeout(() => { label.textContent = before; }, 2000);
  });
}

// What a page asks for by itself waits while nobody looks at it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const trigger = event.detail.elt.getAttribute("hx-trigger") ?? "";
  if (document.hidden && /^(every|load)/.test(trigger)) event.preventDefault();
});

// A form is sent once.
for (const form of all("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 10_000); // a send that was stopped may be tried again
  });
}
window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

// How long what is typed is, in what counts: code points, as the server counts them.
for (const field of all("[data-counted]")) {
  const help = document.getElementById(`${field.id}_helptext`);
  const tell = () => {
    const length = [...field.value.normalize("NFC")].length.toLocaleString(document.documentElement.lang);
    help.textContent = field.dataset.counted.replace("{n}", length);
  };
  field.addEventListener("input", tell);
  window.addEventListener("pageshow", tell); // a browser that comes back may have filled it
}

// What a link leads to opens over the page instead; without a script it is a page of its own.
for (const opener of all("[data-dialog]")) {
  const dialog = document.getElementById(opener.dataset.dialog);
  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.showModal();
  });
  for (const closer of all("[data-close]", dialog)) closer.addEventListener("click", () => dialog.close());
}

// "Until" is meant when a day is picked.
for (const day of all(".until input[type=date]")) {
  day.addEventListener("input", () => { day.closest(".until").querySelector("input[type=radio]").checked = true; });
}

// After a refusal, what has to change is in sight, and typing goes on there.
const wrong = document.querySelector("[aria-invalid=true]");
(wrong ?? document.querySelector(".error"))?.scrollIntoView({ block: "center" });
wrong?.focus({ preventScroll: true });

// What opens over a confirmation is in sight too.
for (const details of all("details.confirm")) {
  details.addEventListener("toggle", () => {
    if (details.open) details.scrollIntoView({ block: "nearest" });
  });
}

// What stands before somebody's eyes was seen: the form that says so without a script is sent by itself.
for (const form of all("form[data-sight]")) {
  const say = async () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", say);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form), headers: { "HX-Request": "true" }, keepalive: true,
      });
      if (answer.ok) form.outerHTML = await answer.text();
    } catch { /* it is said the next time it is opened */ }
  };
  document.addEventListener("visibilitychange", say);
  say();
}

// The tree of permissions: ticking one ticks what it requires, unticking one unticks what depends on it.
for (const tree of all("[data-tree]")) {
  const boxes = all("input[type=checkbox]", tree);
  const byKey = new Map(boxes.map((box) => [box.value, box]));
  const requires = (box) => box.dataset.requires.split(" ").filter(Boolean);
  const form = tree.closest("form");

  const tick = (box) => {
    box.checked = true;
    for (const key of requires(box)) if (byKey.has(key)) tick(byKey.get(key));
  };
  const untick = (box) => {
    box.checked = false;
    for (const other of boxes) if (other.checked && requires(other).includes(box.value)) untick(other);
  };

  const kept = document.querySelector("[data-kept]");
  const summary = form?.querySelector("[data-summary]");
  let asked;
  let soon;
  // Words are made in one place, by the server: two that made them would sooner or later disagree.
  const askForWords = async () => {
    asked?.abort();
    asked = new AbortController();
    const address = new URL(summary.dataset.summary, location.href);
    for (const box of boxes) if (box.checked) address.searchParams.append("permissions", box.value);
    try {
      const answer = await fetch(address, { signal: asked.signal });
      if (answer.ok) summary.textContent = await answer.text();
    } catch { /* the next tick asks again */ }
  };
  const tell = () => {
    const ticked = boxes.filter((box) => box.checked);
    const added = document.querySelector("[data-added]");
    if (added) {
      const count = ticked.filter((box) => !("asked" in box.dataset)).length;
      added.hidden = !count;
      added.querySelector("[data-count]").textContent = count;
    }
    if (kept) kept.textContent = boxes.filter((box) => box.checked && "asked" in box.dataset).length;
    if (summary) {
      clearTimeout(soon);
      soon = setTimeout(askForWords, 120);
    }
  };

  tree.addEventListener("change", (event) => {
    if (event.target.checked) tick(event.target); else untick(event.target);
    tell();
  });

  for (const preset of all("[data-preset]", form)) {
    preset.addEventListener("click", (event) => {
      event.preventDefault();
      const wanted = new Set(preset.dataset.preset.split(" "));
      for (const box of boxes) if (!box.disabled) box.checked = wanted.has(box.value);
      for (const details of all("details", tree)) details.open = true;
      tell();
    });
  }

  const search = form.querySelector("[data-search]");
  search?.addEventListener("input", () => {
    const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const wanted = fold(search.value.trim());
    if (wanted) for (const details of all("details", tree)) details.open = true;
    for (const box of boxes) {
      const row = box.closest(".check");
      row.hidden = wanted !== "" && !fold(row.textContent).includes(wanted);
    }
    for (const group of all("fieldset", tree)) {
      group.hidden = all(".check", group).every((row) => row.hidden);
    }
    form.querySelector("[data-no-hit]").hidden = boxes.some((box) => !box.closest(".check").hidden);
  });
  search?.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  // A browser that comes back may have ticked what the page did not.
  window.addEventListener("pageshow", () => {
    if (boxes.some((box) => box.checked !== box.defaultChecked)) tell();
  });
}
