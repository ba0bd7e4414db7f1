// An unmodified @huggingface/hub against the hub whose URL is the first argument; the token is in ACCESS_TOKEN.
import { commit, createRepo, downloadFile, listFiles, modelInfo, whoAmI } from '@huggingface/hub';

const hubUrl = process.argv[2];
const accessToken = process.env.ACCESS_TOKEN;
const { name } = await whoAmI({ hubUrl, accessToken });
const repo = { type: 'model', name: `${name}/first` };
await createRepo({ repo, visibility: 'private', hubUrl, accessToken });
const weights = new Uint8Array(300_000).fill(7);
const output = await commit({
  repo,
  title: 'one commit',
  operations: [
    { operation: 'addOrUpdate', path: 'config.json', content: new Blob(['{"a":1}']) },
    { operation: 'addOrUpdate', path: 'model.safetensors', content: new Blob([weights]) },
  ],
  hubUrl,
  accessToken,
});
const revision = output.commit.oid;
const files = [];
for await (const file of listFiles({ repo, revision, hubUrl, accessToken }))
  files.push([file.path, file.size, file.lfs !== undefined]);
const blob = await downloadFile({
  repo,
  path: 'model.safetensors',
  revision,
  xet: false,
  hubUrl,
  accessToken,
});
const same = Buffer.compare(Buffer.from(await blob.arrayBuffer()), Buffer.from(weights)) === 0;
const stranger = await modelInfo({ name: repo.name, hubUrl }).then(
  () => 200,
  (error) => error.statusCode,
);
console.log(JSON.stringify({ name, revision, files: files.sort(), same, stranger }));
