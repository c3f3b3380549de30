// Says of each case on standard input what the verifiers make of it: `node verify.mjs LIBRARY BY_HAND BY_KEY`, each a block.
import { readFileSync } from "node:fs";
import { Webhook as Svix } from "svix";

const [libraryBlock, blockByHand, blockByKey] = process.argv.slice(2);
const { cases, byKey } = JSON.parse(readFileSync(0, "utf8"));
const byHand = await import(blockByHand);
const library = await import(libraryBlock);
const { isSignedBySiaga } = await import(blockByKey);

const now = Date.now;
const verdicts = { library: [], svix: [], byHand: [], byItsClock: [] };
globalThis.remembered = 0;
globalThis.remember = () => (globalThis.remembered += 1);

function takes(verify) {
  try {
    verify();
    return true;
  } catch {
    return false;
  }
}

for (const each of cases) {
  const body = Buffer.from(each.body_b64, "base64");
  // Both libraries read the time from Date.now.
  Date.now = () => each.now * 1000;
  globalThis.SECRET = each.secret;
  verdicts.library.push({ 204: true, 401: false }[library.receive(body, each.headers)]);
  verdicts.svix.push(takes(() => new Svix(each.secret).verify(body, each.headers)));
  verdicts.byItsClock.push(byHand.isFromSiaga(each.secret, each.headers, body));
  Date.now = now;
  verdicts.byHand.push(byHand.isFromSiaga(each.secret, each.headers, body, each.now));
}
const verdictsByKey = byKey.map((each) =>
  isSignedBySiaga(each.public_key, each.headers, Buffer.from(each.body_b64, "base64"), each.now),
);
console.log(JSON.stringify({ ...verdicts, byKey: verdictsByKey, remembered: globalThis.remembered }));
