// PouchDB replicates the bench's records to express-pouchdb on loopback and to a second PouchDB from there. Each keeps
// its own LevelDB, as PouchDB does under Node. Prints one JSON line.
//
// node replicate.js RECORDS FOLDER: one JSON document a line, and an empty folder to work in.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import express from "express";
import expressPouchdb from "express-pouchdb";
import PouchDB from "pouchdb";

// As many as a batch of ours holds; PouchDB's own hundred is slower.
const BATCH = { batch_size: 500 };

const [records, folder] = process.argv.slice(2);
const docs = (await readFile(records, "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line));

const Served = PouchDB.defaults({ prefix: join(folder, "served-") });
const app = express();
app.use("/", expressPouchdb(Served, { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: join(folder, "log") }));
const server = app.listen(0, "127.0.0.1");
await new Promise((listening) => server.once("listening", listening));
const remote = new PouchDB(`http://127.0.0.1:${server.address().port}/records`);

const first = new PouchDB(join(folder, "first"));
for (let from = 0; from < docs.length; from += 1_000) {
  await first.bulkDocs(docs.slice(from, from + 1_000));
}
const push = await perSecond("docs_written", () => first.replicate.to(remote, BATCH));
const second = new PouchDB(join(folder, "second"));
const pull = await perSecond("docs_written", () => second.replicate.from(remote, BATCH));

console.log(JSON.stringify({ pouchdb: PouchDB.version, docs: docs.length, push, pull }));
server.close();
process.exit(0);

/** Documents a second that `replicate` brings over; all of them must come. */
async function perSecond(count, replicate) {
  const begun = performance.now();
  const done = await replicate();
  const seconds = (performance.now() - begun) / 1_000;
  if (!done.ok || done[count] !== docs.length) {
    throw new Error(`only ${done[count]} of ${docs.length} came`);
  }
  return docs.length / seconds;
}
