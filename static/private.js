// For pages that show who is logged in.

// Browsers keep whole pages for their Back button, whatever caches were told: one of these is asked
// for again, in case nobody is logged in any more.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

// The server says how long ago something was. What its time was where the visitor is, it cannot know.
const local = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium",
  timeStyle: "short",
});
for (const time of document.querySelectorAll("time.local")) {
  time.textContent = local.format(new Date(time.dateTime));
}
