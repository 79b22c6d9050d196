// Passkeys: the browser makes or shows one, and the form sends it. Needs webauthn-json.js before it.

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const field = form.elements.namedItem("credential");
  const trouble = document.querySelector("[data-passkey-trouble]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    trouble.hidden = true;
    try {
      field.value = JSON.stringify(await ask(form));
      form.submit();
    } catch {
      trouble.hidden = false;
    }
  }, { capture: true });
}

async function ask(form) {
  if (form.dataset.passkey === "create") {
    const options = given(form).creation_options;
    Object.assign(options.publicKey.authenticatorSelection ??= {}, {
      residentKey: "required", requireResidentKey: true, userVerification: "required",
    });
    return webauthnJSON.create(options);
  }
  if (form.dataset.passkey === "get") return webauthnJSON.get(given(form).request_options);
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.status);
  return webauthnJSON.get((await response.json()).request_options);
}

function given(form) {
  return JSON.parse(form.dataset.options);
}
