// Reads an AsyncAPI document on standard input, and prints what it found: version, messages, errors and warnings.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
console.log(
  JSON.stringify({
    version: document?.version() ?? null,
    messages: document?.messages().all().map((each) => each.name()) ?? [],
    // Errors and warnings; that a newer version of AsyncAPI exists is mere information.
    found: diagnostics.filter((each) => each.severity < 2).map((each) => `${each.path.join("/")}: ${each.message}`),
  }),
);
