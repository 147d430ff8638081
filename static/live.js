// Empties this page at once when its session ends, in whatever tab, browser or way, and then asks for
// it again. All tabs of a browser share one stream: browsers open six connections to a server, and
// seven tabs with a stream each would leave none for a page.
(() => {
  const { events, session } = document.currentScript.dataset;
  const name = `quart-app ${events}`;
  const minute = 60_000;
  // How often, and after what pauses, to look whether the browser has the cookie that is to come.
  const patience = [0, 500, 1000, 2000, 4000, 8000];
  let channel, source, streamOf, waiting, release, isOver, isLeaving, failures;

  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

  const pauseAfter = (times) => Math.min(1000 * 2 ** times, minute) * (0.5 + Math.random());

  // How often this tab has left a page of this session, and got one of it again.
  const returns = () => {
    try {
      const [left, times] = (sessionStorage.getItem(name) ?? "").split(" ");
      const count = left === session ? Number(times) + 1 : 0;
      sessionStorage.setItem(name, `${session} ${count}`);
      return count;
    } catch {
      return 0; // it may be forbidden
    }
  };

  const ask = async () => {
    try {
      const answer = await fetch(events, { method: "HEAD", cache: "no-store" });
      return { status: answer.status, session: answer.headers.get("Session-Mark") };
    } catch {
      return { status: 0 };
    }
  };

  // "moved": the browser is about to get another cookie, in the answer to another tab. To ask for
  // the page before it is there would sign out whoever has just signed in.
  const leave = async (how) => {
    if (isOver) return;
    isOver = true;
    stop();
    document.body.replaceChildren();
    document.title = location.host;
    for (const pause of how === "moved" ? patience : []) {
      await sleep(pause);
      if ((await ask()).status === 200) break;
    }
    // If pages and streams disagree on who is here, that must not go round and round.
    const times = returns();
    if (times) await sleep(pauseAfter(times));
    // A page that is on its way already may bring that cookie: it must not be cut off.
    while (isLeaving) await sleep(100);
    location.replace(location.pathname + location.search);
  };

  const tell = (message) => {
    channel?.postMessage(message);
    hear(message);
  };

  const hear = (message) => {
    if (message.ended === session) leave(message.how);
    if (message.opened && message.opened !== session) look();
    if (message.asked && streamOf) channel.postMessage({ opened: streamOf });
    if (message.stale && source && streamOf !== message.stale) connect();
  };

  // Another session has the stream: is this page's over, or does the stream not know yet?
  const look = async () => {
    const now = await ask();
    if (now.status === 204) leave("ended");
    else if (now.status === 200 && now.session !== session) leave("ended");
    else if (now.status === 200) tell({ stale: session });
  };

  const refused = async () => {
    const now = await ask();
    if (now.status === 204) return leave("ended");
    failures += 1;
    await sleep(pauseAfter(failures));
    if (source?.readyState === EventSource.CLOSED) connect();
  };

  const connect = () => {
    source?.close();
    source = new EventSource(events);
    source.addEventListener("session", (event) => {
      failures = 0;
      streamOf = event.data;
      tell({ opened: streamOf });
    });
    source.addEventListener("signed-out", (event) => {
      source.close();
      tell({ ended: streamOf, how: event.data });
      if (!isOver) connect();
    });
    source.addEventListener("error", ({ target }) => {
      if (target === source && source.readyState === EventSource.CLOSED) refused();
    });
  };

  const disconnect = () => {
    source?.close();
    source = streamOf = undefined;
  };

  const start = () => {
    isOver = isLeaving = false;
    failures = 0;
    channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }) => hear(data);
    channel.postMessage({ asked: true });
    if (!navigator.locks) {
      // Over plain http, say. Then those pages have one that somebody sees.
      if (!document.hidden) connect();
      return;
    }
    waiting = new AbortController();
    const held = () => new Promise((done) => {
      release = done;
      connect();
    });
    navigator.locks.request(name, { signal: waiting.signal }, held).catch(() => {});
  };

  const stop = () => {
    disconnect();
    waiting?.abort();
    release?.();
    channel?.close();
    channel = waiting = release = undefined;
  };

  addEventListener("beforeunload", () => {
    isLeaving = true;
    // It may be a download, and the page stays.
    setTimeout(() => (isLeaving = false), 10_000);
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && start());
  addEventListener("visibilitychange", () => {
    if (navigator.locks || isOver) return;
    if (document.hidden) disconnect();
    else connect();
  });
  start();
})();
