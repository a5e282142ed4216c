// Writes src/api/document.ts (types) and src/api/table.ts (methods and paths) from the API document on standard input.
// `make types` calls it; a test compares the digest in table.ts with the document of today.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { text as read } from "node:stream/consumers";
import openapi, { astToString } from "openapi-typescript";

const text = await read(process.stdin);
const document = JSON.parse(text);
for (const methods of Object.values(document.paths)) {
  for (const operation of Object.values(methods)) {
    delete operation.description;
    for (const one of [operation.requestBody, operation.responses["200"]]) {
      if (one?.content?.["application/json"]) delete one.content["application/msgpack"];
    }
  }
}
const types = await openapi(document, { defaultNonNullable: false, alphabetize: true });
writeFileSync("src/api/document.ts", `// Made by \`make types\` from the API document.\n\n${astToString(types)}`);

const rows = [];
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    rows.push(`  "${operation.operationId}": ["${method.toUpperCase()}", "${path}", "${operation["x-permission"]}"],`);
  }
}
const digest = createHash("sha256").update(text).digest("hex");
writeFileSync(
  "src/api/table.ts",
  `// Made by \`make types\` from the API document: method, path and permission of each operation.\n\n` +
    `export const DOCUMENT = "${digest}";\n\nexport const TABLE = {\n${rows.sort().join("\n")}\n} as const;\n`,
);
