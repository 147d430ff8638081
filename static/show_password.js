// A button beside each password that shows it. The form works without.
{
  const { label } = document.currentScript.dataset;
  for (const field of document.querySelectorAll('input[type="password"]')) {
    const button = document.createElement("button");
    const show = (isShown) => {
      field.type = isShown ? "text" : "password";
      button.setAttribute("aria-pressed", isShown);
    };
    button.type = "button";
    button.className = "quiet show";
    button.textContent = label;
    button.setAttribute("aria-controls", field.id);
    button.addEventListener("click", () => show(field.type === "password"));
    // Browsers remember what was typed into a field of text.
    field.form.addEventListener("submit", () => show(false));
    show(false);
    field.after(button);
  }
}
