// Browsers keep whole pages for their Back button, whatever caches were told. One that shows who is
// logged in is asked for again, in case nobody is any more.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});
