// Runs the dashboard's script on a document of its own and prints what a person would read, a line for each element that holds text
// of its own; buttons in brackets, with their labels, and what the page asked the server for on lines that begin with GET. Standard input: { "hash": "#/…", "answers": { "/api/…": … } }.
const { readFileSync } = require("node:fs");
const vm = require("node:vm");

const { hash, answers } = JSON.parse(readFileSync(0, "utf8"));

class Node {
  constructor(name, text) {
    Object.assign(this, { name, text, childNodes: [], attributes: {}, dataset: {}, style: {}, className: "", hidden: false });
  }

  get textContent() {
    return this.text ?? this.childNodes.map((child) => child.textContent).join("");
  }

  set textContent(text) {
    this.childNodes = [new Node("#text", String(text))];
  }

  append(...children) {
    this.childNodes.push(...children.map((child) => (child instanceof Node ? child : new Node("#text", String(child)))));
  }

  replaceChildren(...children) {
    this.childNodes = [];
    this.append(...children);
  }

  setAttribute(name, value) {
    this.attributes[name] = String(value);
    if (name === "hidden") this.hidden = true;
    if (name.startsWith("data-")) this.dataset[name.slice(5)] = String(value);
  }

  contains() {
    return false;
  }

  addEventListener() {}

  focus() {}

  showModal() {}
}

const requested = [];
const byId = {};
const main = (byId.main = new Node("main"));
const document = {
  title: "",
  activeElement: null,
  createElement: (name) => new Node(name),
  createTextNode: (text) => new Node("#text", text),
  getElementById: (id) => (byId[id] ??= new Node("div")),
  querySelectorAll: () => [],
};
const fetch = async (path) => {
  requested.push(path);
  const answer = answers[path.split("?")[0]];
  return answer === undefined
    ? new Promise(() => {})
    : { ok: true, json: async () => answer };
};
const storage = { getItem: () => null, setItem() {}, removeItem() {} };
vm.runInNewContext(readFileSync(process.argv[2], "utf8"), {
  document, fetch, URLSearchParams, AbortController, Date, setTimeout, clearTimeout,
  location: { hash }, sessionStorage: storage, CSS: { escape: String },
  setInterval() {}, window: { addEventListener() {}, scrollTo() {} },
});

function print(node) {
  if (node.hidden) return;
  if (node.name === "button") console.log(`[${node.attributes["aria-label"] ?? node.textContent}]`);
  else if (node.childNodes.some((child) => child.name === "#text")) console.log(node.textContent);
  else node.childNodes.forEach(print);
}

// Everything that is answered at all is answered at once, before anything that waits for its turn.
setImmediate(() => {
  print(main);
  requested.forEach((path) => console.log(`GET ${path}`));
  process.exit(0);
});
