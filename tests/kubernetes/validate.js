// Checks the objects on standard input, one JSON document a line, against the schemas of the Kubernetes API as the npm package
// kubernetes-models has them: required fields, types and formats. Prints what is wrong; nothing if nothing is.
// Usage: node validate.js DIRECTORY, which holds node_modules.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const load = createRequire(`${process.argv[2]}/`);
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const object = JSON.parse(line);
  const name = `${object.kind} ${object.metadata?.name}`;
  // The API takes base64 of several lines; the pattern of the schemas does not.
  for (const key of Object.keys((object.kind === "Secret" && object.data) || {})) {
    object.data[key] = object.data[key].replace(/\s/g, "");
  }

  try {
    const Model = load(`kubernetes-models/${object.apiVersion}/${object.kind}`)[object.kind];
    new Model(object).validate();
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
}
