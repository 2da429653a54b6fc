// The dashboard: everything by the public API. Text from outside is only ever set as text.

const FINAL = new Set(["Completed", "Failed", "RolledBack", "Superseded"]);
const STEERABLE = new Set(["DeployingCanary", "DeployingWave", "Paused"]);
const PIPELINE = ["build", "package", "publish", "preflight", "canary", "soak", "promotion", "wave-1"];
const TOKEN = "canary-operator-token";
const SHOWN = 40;
const LONGEST_LOG = 2_000_000;

const $ = (id) => document.getElementById(id);
const main = $("main");
const releases = new Map();
let view = null;
let watching = null;

/** Who this page speaks for, and what they may, as the server says. */
let session = { role: null, mayRead: true, mayDecide: false };

// ---- Making elements -------------------------------------------------------------------------------------------------

/** @param {string} tag  name and classes: "p.soft.mono" */
function el(tag, attributes, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An outside address becomes a link only if it is one of the web. */
function webLink(address, text) {
  return /^https?:\/\//i.test(address ?? "") ? el("a", { href: address, rel: "noreferrer" }, text) : text;
}

/** Puts new content in place and keeps the focus where it was. */
function refill(node, ...children) {
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  node.replaceChildren(...children.flat().filter(Boolean));
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

// ---- Words -----------------------------------------------------------------------------------------------------------

const words = (state) => (state ?? "").replace(/([a-z])([A-Z])/g, "$1 $2").replace(/-/g, " ").toLowerCase();
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const short = (commit) => (commit ?? "").slice(0, 8);

function duration(ms) {
  if (ms === null || ms === undefined || !(ms >= 0)) return "";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60
    ? `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function since(time) {
  const seconds = Math.max(0, (Date.now() - Date.parse(time)) / 1000);
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(time).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
}

const ago = (time) =>
  time ? el("time", { datetime: time, title: new Date(time).toLocaleString(), "data-ago": true }, since(time)) : "";

const TONES = {
  pending: "none", running: "work", waiting: "wait", succeeded: "good", failed: "bad", skipped: "skip",
  Completed: "good", Failed: "bad", RolledBack: "bad", Superseded: "none", AwaitingPromotion: "wait", Queued: "wait", Paused: "wait",
  Held: "wait", Admitting: "wait",
  Received: "none",
};
const SIGNS = { none: "○", work: "●", wait: "◆", good: "✓", bad: "✗", skip: "–" };
const tone = (state) => TONES[state] ?? "work";
const pill = (state, text = words(state)) =>
  el("span.pill", { "data-tone": tone(state) }, el("span.sign", { "aria-hidden": "true" }, SIGNS[tone(state)]),
    capital(text));

/** Where a release stands: one of another branch is complete when it is built. */
const standing = (release) =>
  pill(release.phase, !release.deploys && release.state === "Completed" ? "built only" : undefined);

/** The release's stages, and while it runs also those that it will come to. */
function stagesOf(release) {
  const known = release.stages;
  if (FINAL.has(release.state)) return known;
  const names = new Set(known.map((stage) => stage.name));
  const rollingOut = known.some((stage) => stage.name === "preflight");
  const coming = (release.deploys ? PIPELINE : ["build"])
    .filter((name) => !names.has(name) && !rollingOut)
    .map((name) => ({ name, state: "pending" }));
  return [...known, ...coming];
}

const stageName = (name) => capital(words(name));

/** What is said of a stage that has not begun. */
const notRun = (stage, release) =>
  FINAL.has(release.state) && release.state !== "Completed" && !stage.detail ? "not reached"
    : stage.state === "skipped" ? "skipped" : "";

// ---- The API ---------------------------------------------------------------------------------------------------------

const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value) => sessionStorage.setItem(TOKEN, value),
  clear: () => sessionStorage.removeItem(TOKEN),
};

async function call(path, { method = "GET", body, headers = {}, signal } = {}) {
  const bearer = token.get();
  const answer = await fetch(path, {
    method,
    signal,
    headers: {
      ...headers,
      ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}),
      ...(body ? { "Content-Type": "application/json" } : {}),
    },
    body: body ? JSON.stringify(body) : undefined,
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? `The server answered ${answer.status}.`), {
    status: answer.status,
    remedy: problem.remedy,
  });
}

const get = async (path, signal) => (await call(path, { signal })).json();

/** Reads server-sent events with the operator's token, which EventSource cannot send; comes back after a break. */
async function watch(signal) {
  let last = null;
  let pause = 500;
  while (!signal.aborted) {
    try {
      const answer = await call("/api/events", { headers: last ? { "Last-Event-ID": last } : {}, signal });
      link("live");
      pause = 500;
      await refresh();
      for await (const event of eventsOf(answer.body)) {
        last = event.id ?? last;
        if (event.type === "release") changed(JSON.parse(event.data));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401 || error.status === 403) {
        token.clear();
        await identify().catch(() => {});
        begin();
        return;
      }
    }
    link("lost");
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 15_000);
  }
}

async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = {};
      for (const line of block.split("\n")) {
        if (line.startsWith("data: ")) event.data = line.slice(6);
        else if (line.startsWith("event: ")) event.type = line.slice(7);
        else if (line.startsWith("id: ")) event.id = line.slice(4);
      }
      if (event.data) yield event;
    }
  }
}

function link(state, text) {
  $("link").dataset.state = state;
  $("link").textContent = text ?? (state === "live" ? "Live" : "Connection lost, trying again");
}

const say = (text) => {
  $("said").textContent = text;
};

// ---- Asking ----------------------------------------------------------------------------------------------------------

/** Asks one thing in a dialog: without a label, only yes or no. Resolves to what was entered, or null. `check` may refuse it with a
 * message. */
function ask({ title, text, label, secret, ok, tone: kind, check }) {
  const dialog = $("ask");
  const form = $("ask-form");
  $("ask-title").textContent = title;
  $("ask-text").textContent = text;
  $("ask-label").textContent = label ?? "";
  $("ask-label").hidden = $("ask-value").hidden = !label;
  $("ask-value").type = secret ? "password" : "text";
  $("ask-value").value = "";
  $("ask-value").required = Boolean(secret);
  $("ask-ok").textContent = ok;
  $("ask-ok").className = kind ?? "";
  $("ask-error").textContent = "";
  dialog.showModal();
  $(label ? "ask-value" : "ask-ok").focus();
  return new Promise((resolve) => {
    const done = new AbortController();
    const end = (value) => {
      done.abort();
      dialog.close();
      resolve(value);
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const value = $("ask-value").value.trim();
      $("ask-ok").disabled = true;
      const fault = (await check?.(value)) ?? "";
      $("ask-ok").disabled = false;
      $("ask-error").textContent = fault;
      if (!fault) end(value);
    }, { signal: done.signal });
    $("ask-cancel").addEventListener("click", () => end(null), { signal: done.signal });
    dialog.addEventListener("cancel", () => end(null), { signal: done.signal });
  });
}

/** Asks the server who this page speaks for. */
async function identify() {
  session = await get("/api/session");
  showSign();
}

const CLOSED = "This server shows its releases to those with a token.";
const reading = (who) => (who.mayRead ? null : "This token is not one of a person.");
const deciding = (who) =>
  who.mayDecide ? null : "This token may only read. The one of operators stands in secrets/api-token.";

/** Takes a token that is good for what is to be done; `refusal` says why one is not. */
async function signIn(why, refusal) {
  const before = token.get();
  const value = await ask({
    title: "Token",
    text: `${why} The operators' stands in secrets/api-token of the server's data directory, one that may only read in `
      + "secrets/read-token; it is kept until this tab is closed.",
    label: "Token",
    secret: true,
    ok: "Sign in",
    check: async (given) => {
      token.set(given);
      try {
        const who = await get("/api/session");
        const fault = who.role ? refusal(who) : "The server does not accept this token.";
        if (!fault) session = who;
        else if (before) token.set(before);
        else token.clear();
        return fault;
      } catch (error) {
        token.clear();
        return error.message;
      }
    },
  });
  showSign();
  return value !== null;
}

/** Signs in to look; what is shown begins anew. */
async function signInToRead(why) {
  if (await signIn(why, reading)) begin();
}

function showSign() {
  $("sign").textContent = token.get() ? "Sign out" : "Sign in";
}

$("sign").addEventListener("click", async () => {
  if (!token.get()) {
    await signInToRead(session.mayRead ? "Whatever changes a release needs one." : CLOSED);
    return;
  }
  token.clear();
  await identify().catch(() => {});
  begin();
});

/** Whoever has not signed in is asked to when they decide; whoever may only look is offered nothing else. */
const offersDecisions = () => session.role === null || session.mayDecide;

const DECISIONS = {
  promote: {
    text: "Promote",
    kind: "go",
    when: (release) => ["AwaitingPromotion", "Soaking"].includes(release.phase),
    asks: "The version goes on to the production hosts, wave by wave.",
  },
  resume: {
    text: "Resume",
    kind: "go",
    when: (release) => release.phase === "Paused",
    asks: "It goes on from where it stopped; after a failed wave without the hosts that failed.",
  },
  pause: {
    text: "Pause",
    kind: "quiet",
    when: (release) => release.state === "RollingOut" && !["Paused", "RollingBack"].includes(release.phase),
    asks: "No further host is begun until somebody resumes it. What is under way on a host ends.",
  },
  rollback: {
    text: "Roll back",
    kind: "danger",
    when: (release) => release.state === "Completed"
      || (release.hosts.some((host) => host.state !== "pending") && release.phase !== "RollingBack"),
    asks: "Every host that has the version gets the one before. What is pushed next is held until somebody resumes it.",
  },
  abort: {
    text: "Abort",
    kind: "danger",
    when: (release) => release.state !== "Received" && release.phase !== "RollingBack"
      && !release.hosts.some((host) => host.state !== "pending"),
    asks: "The release stops. It has reached no host.",
  },
  retry: {
    text: "Release again",
    kind: "go",
    when: (release) => ["Failed", "RolledBack", "Superseded"].includes(release.state),
    asks: "The commit is built, packaged and deployed once more.",
  },
  deploy: {
    text: "Deploy again",
    kind: "go",
    when: (release) => release.state === "Completed" && release.version,
    asks: "The version is deployed once more, as a release of its own, without a build.",
    path: "retry",
  },
};

/** Lets a person confirm what they decided, and sends it. */
async function send({ what, title, text, asksWhy, ok, kind, path, done }) {
  if (!session.mayDecide && !(await signIn(`To ${what}, sign in.`, deciding))) return;
  await ask({
    title,
    text,
    label: asksWhy ? "Reason (optional)" : null,
    ok,
    tone: kind,
    check: async (reason) => {
      try {
        const answer = await call(path, { method: "POST", body: { reason: reason || null } });
        say(`${ok} was sent.`);
        done?.(await answer.json());
        return null;
      } catch (error) {
        if (error.status === 401) {
          token.clear();
          await identify().catch(() => {});
        }
        return [error.message, error.remedy].filter(Boolean).join(" ");
      }
    },
  });
}

/** Holds the automatic deployments of an application, or resumes them. */
function decideAbout(application) {
  const ok = application.hold ? "Resume" : "Hold";
  return send({
    what: `${ok.toLowerCase()} deployments`,
    title: `${ok} deployments of ${application.name}?`,
    text: application.hold
      ? "The newest release that waits is rolled out, and what is pushed later goes on by itself."
      : "What is pushed is built and published, and waits until somebody resumes it.",
    asksWhy: true,
    ok,
    kind: "go",
    path: `/api/applications/${encodeURIComponent(application.name)}/${ok.toLowerCase()}`,
    done: () => setTimeout(() => refresh().catch(() => {}), 1000),
  });
}

function decide(release, name) {
  const decision = DECISIONS[name];
  return send({
    what: `${decision.text.toLowerCase()} a release`,
    title: `${decision.text} ${release.application} ${release.version ?? short(release.commit)}?`,
    text: decision.asks,
    asksWhy: name !== "resume",
    ok: decision.text,
    kind: decision.kind,
    path: `/api/releases/${release.id}/${decision.path ?? name}`,
    done: (started) => {
      if (started.id && started.id !== release.id) location.hash = `#/releases/${started.id}`;
    },
  });
}

const STEERINGS = {
  retry: {
    text: "Retry",
    when: (host) => ["failed", "skipped"].includes(host.state),
    asks: "The host is brought to the version once more.",
  },
  skip: {
    text: "Skip",
    when: (host) => ["pending", "failed"].includes(host.state),
    asks: "The host is left out of this release: its failure does not count, and it converges later.",
  },
};

/** What a person may do with one host of a release. */
const steeringButtons = (release, host) =>
  STEERABLE.has(release.phase) && offersDecisions()
    ? Object.entries(STEERINGS).filter(([, steering]) => steering.when(host)).map(([name, steering]) =>
      el("button.quiet", {
        type: "button",
        "data-key": `${name} ${host.name}`,
        "aria-label": `${steering.text} ${host.name}`,
        onclick: () => send({
          what: `${name} a host`,
          title: `${steering.text} ${host.name}?`,
          text: steering.asks,
          ok: steering.text,
          kind: "go",
          path: `/api/releases/${release.id}/hosts/${encodeURIComponent(host.name)}/${name}`,
        }),
      }, steering.text))
    : [];

// ---- The overview ----------------------------------------------------------------------------------------------------

function overview() {
  const checks = el("div", { class: "checks" });
  const apps = el("div.apps");
  const list = el("ol.releases.card");
  const fleet = el("div");
  const content = el("div", { class: "content" });

  const show = () => {
    const shown = [...releases.values()].sort((a, b) => b.receivedAt.localeCompare(a.receivedAt)).slice(0, SHOWN);
    if (shown.length) refill(list, shown.map((release) => el("li", null, releaseRow(release))));
    else refill(list, el("li.empty", null, "No release yet. Push to a configured repository, or run: canary run --repo PATH"));
  };

  let timer = null;
  const load = async () => {
    const [applications, hosts, status] = await Promise.all([
      get("/api/applications"), get("/api/hosts"), get("/api/status"),
    ]);
    refill(checks, status.checks.filter((check) => check.status !== "ok").map(notice));
    if (applications.length) refill(apps, applications.map(applicationCard));
    else refill(apps, el("p.empty", null, "An application appears here with its first release."));
    refill(fleet, hostGroups(hosts));
  };

  content.append(
    checks,
    el("section", { "aria-labelledby": "apps" }, el("h2", { id: "apps" }, "Applications"), apps),
    el("section", { "aria-labelledby": "releases" }, el("h2", { id: "releases" }, "Releases"), list),
    el("section", { "aria-labelledby": "hosts" }, el("h2", { id: "hosts" }, "Hosts"), fleet),
  );
  main.replaceChildren(...content.childNodes);
  document.title = "Canary";
  show();

  return {
    refresh: async () => {
      show();
      await load();
    },
    changed: () => {
      show();
      timer ??= setTimeout(() => {
        timer = null;
        load().catch(() => {});
      }, 700);
    },
    end: () => clearTimeout(timer),
  };
}

const notice = (check) =>
  el("div.notice.card", { "data-tone": check.status === "failed" ? "bad" : "wait" },
    el("p", null, el("strong", null, capital(words(check.name)) + ": "), check.detail),
    check.remedy ? el("p.remedy", null, check.remedy) : null);

function applicationCard(application) {
  const { production, canary, latest } = application;
  const ahead = canary && canary.version !== production?.version;
  return el("article.app.card", null,
    el("header", null,
      el("h3", null, el("a", { href: `#/releases/${latest.id}`, "data-key": `app ${application.name}` }, application.name)),
      pill(latest.phase)),
    el("dl.channels", null,
      el("dt", null, "Production"),
      el("dd", null, el("span.mono", null, production?.version ?? "–"), el("span.soft", null, ago(production?.since))),
      el("dt", null, "Canary"),
      el("dd", null,
        el(ahead ? "span.mono.ahead" : "span.mono", null, canary?.version ?? "–"),
        el("span.soft", null, ahead ? ago(canary.since) : canary ? "same as production" : "")),
      el("dt", null, "Hosts"),
      el("dd", null, String(application.hosts)),
      el("dt", null, "Deploys"),
      el("dd.deploys", null,
        el("span", null, application.hold
          ? `held by ${application.hold.by}${application.hold.reason ? `: ${application.hold.reason}` : ""}`
          : "by itself"),
        offersDecisions() && el("button.quiet",
          { type: "button", "data-key": `hold ${application.name}`, onclick: () => decideAbout(application) },
          application.hold ? "Resume" : "Hold"))));
}

function releaseRow(release) {
  const stages = stagesOf(release);
  return el("a.release", { href: `#/releases/${release.id}`, "data-key": release.id },
    el("div", null,
      el("div.name", null, release.application),
      el("div.version.mono", null, release.version ?? short(release.commit))),
    el("div.what", null,
      el("div.title", null, release.title ?? `Commit ${short(release.commit)}`),
      el("div.meta", null, release.upload
        ? `package from elsewhere · ${short(release.upload.sha256)} · ${release.pusher}`
        : `${release.branch} · ${short(release.commit)} · ${release.pusher}`)),
    el("div.track", { role: "img", "aria-label": stages.map((stage) => `${words(stage.name)} ${stage.state}`).join(", ") },
      stages.map((stage) => el("span", {
        "data-tone": tone(stage.state),
        title: `${stageName(stage.name)}: ${stage.state}`,
      }))),
    el("div.end", null, standing(release), ago(release.receivedAt)));
}

function hostGroups(hosts) {
  if (!hosts.length) return [el("p.empty", null, "The deployer has reported no host yet.")];
  return ["canary", "production"].map((channel) => {
    const group = hosts.filter((host) => host.channel === channel);
    return group.length && el("div.group", null,
      el("h3", null, `${capital(channel)} (${group.length})`),
      el("ul.hosts", null, group.map((host) => el("li.host.card", { "data-channel": channel },
        el("header", null, el("strong", null, host.name), el("span.soft", null, host.role)),
        el("span.soft", null, [host.address, host.transport, ...host.tags].join(" · ")),
        Object.entries(host.versions).map(([name, version]) =>
          el("span.versions", null, `${name} `, el("span.mono", null, version))),
        Object.keys(host.versions).length ? null : el("span.soft", null, "nothing installed by Canary"),
        host.failure ? el("span.versions", { "data-tone": "bad", title: host.failure.message },
          `does not say what it has (${host.failure.code})`) : null,
        host.drifts.map((drift) => el("span.versions", { "data-tone": "bad", title: drift.failure?.message ?? "" },
          `should run ${drift.application} `, el("span.mono", null, drift.wanted))))))
    );
  });
}

// ---- One release -----------------------------------------------------------------------------------------------------

function releasePage(id) {
  const top = el("div.top");
  const notices = el("div.content");
  const stages = el("ol.stages.card");
  const hosts = el("div");
  const hostSection = el("section", { "aria-labelledby": "hosts", hidden: true },
    el("h2", { id: "hosts" }, "Hosts"), hosts);
  const log = logPanel(id);
  let phase = null;

  main.replaceChildren(
    top, notices,
    el("section", { "aria-labelledby": "stages" }, el("h2", { id: "stages" }, "Stages"), stages),
    hostSection,
    log.element,
  );

  const show = (release) => {
    document.title = `${release.application} ${release.version ?? short(release.commit)} – Canary`;
    if (phase !== null && phase !== release.phase) say(`${release.application} is now ${words(release.phase)}.`);
    phase = release.phase;
    refill(top, releaseHead(release));
    refill(notices, releaseNotices(release));
    notices.hidden = !notices.childNodes.length;
    refill(stages, stageRows(release));
    hostSection.hidden = !release.hosts.length;
    refill(hosts, rolloutHosts(release, log));
    log.show(release);
  };

  const load = async () => {
    const release = await get(`/api/releases/${encodeURIComponent(id)}`);
    releases.set(release.id, release);
    show(release);
  };

  return {
    refresh: () => load().catch((error) => {
      if (error.status !== 404 && error.status !== 400) throw error;
      main.replaceChildren(el("p.empty", null, `${error.message} `, el("a", { href: "#/" }, "Back to all releases")));
    }),
    changed: (release) => {
      if (release.id === id) show(release);
    },
    tick: () => {
      const release = releases.get(id);
      if (release && !FINAL.has(release.state)) refill(stages, stageRows(release));
    },
    end: log.end,
  };
}

function releaseHead(release) {
  const buttons = Object.entries(DECISIONS)
    .filter(([, decision]) => FINAL.has(release.state)
      ? [DECISIONS.retry, DECISIONS.deploy].includes(decision)
        || (decision === DECISIONS.rollback && release.state === "Completed")
      : ![DECISIONS.retry, DECISIONS.deploy].includes(decision))
    .filter(([, decision]) => release.deploys || [DECISIONS.abort, DECISIONS.retry].includes(decision))
    .filter(([, decision]) => offersDecisions() && decision.when(release))
    .map(([name, decision]) => el("button", {
      type: "button", class: decision.kind, "data-key": name, onclick: () => decide(release, name),
    }, decision.text));
  const fact = (name, ...value) => el("div", null, el("dt", null, name), el("dd", null, ...value));
  return [
    el("p.crumb", null, el("a", { href: "#/", "data-key": "back" }, "All releases")),
    el("div.line", null,
      el("h1", null, `${release.application} `, el("span.mono.soft", null, release.version ?? short(release.commit))),
      standing(release),
      el("div.buttons", null, buttons)),
    release.title ? el("p", null, release.title) : null,
    el("dl.facts", null,
      release.upload ? [
        fact("Package from elsewhere", release.upload.name),
        fact("SHA-256", el("span.mono", { title: release.upload.sha256 }, short(release.upload.sha256))),
        fact("Uploaded by", release.pusher),
      ] : [
        fact("Repository", release.repository),
        fact("Branch", release.branch),
        fact("Commit", el("span.mono", null, webLink(release.compareUrl, short(release.commit)))),
        fact("By", release.pusher),
      ],
      fact("Received", ago(release.receivedAt)),
      fact(release.finishedAt ? "Took" : "Running for", el("span", { "data-total": true }, total(release))),
      release.output && fact("Built files", `${release.output.files}, `,
        el("span.mono", { title: `SHA-256 ${release.output.sha256}` }, short(release.output.sha256))),
      release.deploys ? null : fact("Deploys", "no: built and reported only")),
  ];
}

const total = (release) =>
  duration(Date.parse(release.finishedAt ?? new Date().toISOString()) - Date.parse(release.receivedAt));

function releaseNotices(release) {
  return [
    release.failure && el("div.notice.card", { "data-tone": "bad", role: "alert" },
      el("p", null, el("strong", null, capital(words(release.failure.code)) + ": "), release.failure.message),
      el("p.remedy", null, release.failure.remedy)),
    release.deployment && el("div.notice.card", { "data-tone": "none" },
      el("p", null, el("strong", null, "Deployed again: "),
        `for ${release.deployment.by}${release.deployment.reason ? `: ${release.deployment.reason}` : ""}`)),
    ...(release.warnings ?? []).map((warning) => el("div.notice.card", { "data-tone": "wait" },
      el("p", null, el("strong", null, "Warning: "), warning))),
    release.waitingFor && el("div.notice.card", { "data-tone": "wait" },
      el("p", null, el("strong", null, "Waiting: "), release.waitingFor)),
    release.supersededBy && el("div.notice.card", { "data-tone": "wait" },
      el("p", null, "A newer commit took its place: ",
        el("a", { href: `#/releases/${release.supersededBy}`, "data-key": "newer" }, short(release.supersededBy)))),
  ].filter(Boolean);
}

function stageRows(release) {
  const stages = stagesOf(release);
  const now = Date.now();
  const started = stages.map((stage) => Date.parse(stage.startedAt)).filter((time) => !Number.isNaN(time));
  const from = Math.min(...started);
  const until = Math.max(...stages.map((stage) => Date.parse(stage.finishedAt) || (stage.startedAt ? now : 0)), from + 1);
  return stages.map((stage) => {
    const begin = Date.parse(stage.startedAt);
    const end = stage.finishedAt ? Date.parse(stage.finishedAt) : now;
    const bar = el("i");
    if (Number.isNaN(begin)) bar.hidden = true;
    else {
      // Through the object model: the content security policy allows no style attributes.
      bar.style.left = `${((begin - from) / (until - from)) * 100}%`;
      bar.style.width = `${(Math.max(0, end - begin) / (until - from)) * 100}%`;
    }
    const repeated = stage.attempts > 1 ? `attempt ${stage.attempts}` : null;
    const detail = [stage.detail, repeated].filter(Boolean).join(" · ");
    return el("li.stage", { "data-tone": tone(stage.state) },
      el("span.sign", { "aria-hidden": "true" }, SIGNS[tone(stage.state)]),
      el("span.what", null, stageName(stage.name), el("span.visually-hidden", null, ` ${stage.state}`)),
      el("div.span", { "aria-hidden": "true" }, bar),
      el("span.took", null, Number.isNaN(begin) ? notRun(stage, release) : duration(end - begin)),
      detail ? el("span.detail", null, detail) : null);
  });
}

function rolloutHosts(release, log) {
  const steps = [...new Set(release.hosts.map((host) => host.step))];
  return steps.map((step) => {
    const group = release.hosts.filter((host) => host.step === step);
    return el("div.group", null,
      el("h3", null, `${stageName(step)} (${group.filter((host) => host.state === "succeeded").length} of ${group.length})`),
      el("ul.hosts", null, group.map((host) => el("li.host.card", { "data-tone": tone(host.state) },
        el("header", null, el("strong", null, host.name),
          el("span.soft", null, host.state === "pending" && FINAL.has(release.state) ? "not reached" : host.state)),
        el("span.mono", null, host.version ?? "–"),
        host.failure ? el("span.error", null, host.failure.message) : null,
        el("div.buttons", null,
          host.state === "pending" ? null : el("button.quiet", {
            type: "button",
            "data-key": `log ${host.name}`,
            "aria-label": `Log of ${host.name}`,
            onclick: () => log.open(release, { host: host.name }),
          }, "Log"),
          steeringButtons(release, host))))));
  });
}

function logPanel(id) {
  const tabs = el("div.tabs", { role: "group", "aria-label": "Stage" });
  const text = el("pre.log", { tabindex: "0", "aria-label": "Log" });
  const element = el("section", { "aria-labelledby": "log", hidden: true },
    el("div.heading", null, el("h2", { id: "log" }, "Log"), tabs), text);
  let current = null;
  let reading = null;

  // What: { stage } or { host }.
  const read = async (release, what) => {
    reading?.abort();
    reading = new AbortController();
    const { signal } = reading;
    current = what;
    text.replaceChildren();
    let length = 0;
    try {
      const answer = await call(
        `/api/releases/${encodeURIComponent(release.id)}/logs?${new URLSearchParams({ ...what, follow: "true" })}`, { signal });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const atEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 30;
        // Colours of a terminal say nothing here.
        text.append(document.createTextNode(value.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "")));
        length += value.length;
        while (length > LONGEST_LOG && text.childNodes.length > 1) {
          length -= text.firstChild.length;
          text.firstChild.remove();
        }
        if (atEnd) text.scrollTop = text.scrollHeight;
      }
      if (length === 0) text.textContent = what.host ? `The host ${what.host} has no log.` : `The stage ${words(what.stage)} has no log.`;
    } catch (error) {
      if (!signal.aborted) text.textContent = error.message;
    }
  };

  const show = (release) => {
    const ran = release.stages.filter((stage) => stage.startedAt && ["build", "package"].includes(stage.name));
    if (!ran.length && current === null) return;
    element.hidden = false;
    const tab = (name, what) => el("button.quiet", {
      type: "button",
      "data-key": name,
      "aria-pressed": String(what.stage === current?.stage && what.host === current?.host),
      onclick: () => { read(release, what); show(release); },
    }, name);
    if (current === null) {
      const failed = ran.find((stage) => stage.state === "failed");
      read(release, { stage: (failed ?? ran[0]).name });
    }
    refill(tabs, [
      ...ran.map((stage) => tab(stageName(stage.name), { stage: stage.name })),
      ...(current.host ? [tab(current.host, { host: current.host })] : []),
    ]);
  };

  return {
    element,
    show,
    open: (release, what) => {
      read(release, what);
      show(release);
      element.scrollIntoView({ behavior: "smooth" });
    },
    end: () => reading?.abort(),
  };
}

// ---- Nothing without a token --------------------------------------------------------------------------------------

function closedPage() {
  document.title = "Canary";
  main.replaceChildren(el("p.empty", null, `${CLOSED} `,
    el("button", { type: "button", onclick: () => signInToRead(CLOSED) }, "Sign in")));
  return { refresh: async () => {}, changed: () => {} };
}

// ---- Together --------------------------------------------------------------------------------------------------------

function route() {
  view?.end?.();
  const match = /^#\/releases\/([^/]+)$/.exec(location.hash);
  view = !session.mayRead ? closedPage() : match ? releasePage(decodeURIComponent(match[1])) : overview();
  window.scrollTo(0, 0);
  view.refresh().catch(() => link("lost"));
}

/** Shows what whoever asks may see, from the beginning. */
function begin() {
  watching?.abort();
  watching = new AbortController();
  releases.clear();
  route();
  if (session.mayRead) {
    link("lost", "Connecting");
    watch(watching.signal);
  } else {
    link("lost", "Not signed in");
    signInToRead(CLOSED);
  }
}

async function refresh() {
  const list = await get(`/api/releases?limit=${SHOWN}`);
  for (const release of list.releases) releases.set(release.id, release);
  await view.refresh();
}

function changed(release) {
  releases.set(release.id, release);
  view.changed(release);
}

setInterval(() => {
  for (const node of document.querySelectorAll("[data-ago]")) node.textContent = since(node.dateTime);
  view?.tick?.();
}, 1000);

window.addEventListener("hashchange", () => {
  route();
  main.focus();
});
showSign();
link("lost", "Connecting");
// Where the server does not answer yet, whoever watches it tries again.
identify().catch(() => {}).then(begin);
