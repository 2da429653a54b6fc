// Checks an AsyncAPI document of CloudEvents: as @asyncapi/parser does, then that the examples of each message fit its schema, and
// then the events on standard input, one JSON document a line. Prints what is wrong; nothing if nothing is.
// Usage: node validate.js DIRECTORY DOCUMENT; the directory holds node_modules. Messages are named by the type of their events.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const [directory, file] = process.argv.slice(2);
const load = createRequire(`${directory}/`);
const { Parser } = load("@asyncapi/parser");
const ajv = new (load("ajv"))({ strict: false, allErrors: true });
load("ajv-formats")(ajv);

async function main() {
  const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
  for (const { message, path } of diagnostics) {
    console.log(`${path.join(".")}: ${message}`);
  }

  const schemas = new Map();
  for (const message of document?.allMessages().all() ?? []) {
    const fits = ajv.compile(message.payload().json());
    schemas.set(message.name(), fits);
    const examples = message.examples().all();
    if (examples.length === 0) {
      console.log(`${message.name()} has no example.`);
    }

    examples.forEach((example) => check(`Example of ${message.name()}`, example.payload(), fits));
  }

  for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const event = JSON.parse(line);
    if (schemas.has(event.type)) {
      check(`${event.type} ${event.id}`, event, schemas.get(event.type));
    } else {
      console.log(`${event.type} is not in the document.`);
    }
  }
}

function check(what, value, fits) {
  if (!fits(value)) {
    console.log(`${what}: ${ajv.errorsText(fits.errors)}`);
  }
}

main();
