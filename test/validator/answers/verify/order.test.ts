import { expect, test } from '@jest/globals';
import type { RoundReport } from '../../../../src/validator/report.js';
import { imagesOrderCheck } from '../../../../src/validator/answers/verify/order.js';
import { reportOf, resultOf } from '../report-fixture.js';

const SAMPLE = 's'.repeat(64);
const IMAGES = 400;
const drawn = new Map([[SAMPLE, Uint32Array.from({ length: IMAGES }, (_, row) => row)]]);
const patients = Uint32Array.from({ length: IMAGES }, (_, row) => row);

/** Losses around a mean, with a spread that is the same for all models: their differences are exact. */
const lossesOf = (mean: number) =>
  Float32Array.from({ length: IMAGES }, (_, image) => mean + 0.05 * Math.sin(image));

/** A report that ranks these models in this order. */
async function ranked(models: readonly { name: string; loss: number; commitBlock: number }[]): Promise<{
  report: RoundReport;
  losses: Map<string, Float32Array>;
}> {
  const results = await Promise.all(
    models.map(({ name, loss, commitBlock }, rank) =>
      resultOf(name, rank, {
        modelId: name,
        rank,
        loss,
        commitBlock,
        evaluations: [{ sample: SAMPLE, precision: 'fp32', loss }],
      }),
    ),
  );
  return {
    report: await reportOf({ results }),
    losses: new Map(models.map(({ name, loss }) => [`${name} ${SAMPLE}`, lossesOf(loss)])),
  };
}

const bob = { name: 'Bob', loss: 0.2, commitBlock: 20 };
const eve = { name: 'Eve', loss: 0.201, commitBlock: 10 };

test('a small but measurable difference puts the better model first, whoever committed earlier', async () => {
  const { report, losses } = await ranked([bob, eve]);
  expect(await imagesOrderCheck(report, report.results.length, drawn, losses, patients)).toMatchObject({
    level: 'ok',
  });
});

test('another order than the images give is named, place by place', async () => {
  const { report, losses } = await ranked([eve, bob]);
  expect(await imagesOrderCheck(report, report.results.length, drawn, losses, patients)).toMatchObject({
    level: 'failure',
    code: 'OTHER_ORDER',
    text: expect.stringContaining('uid 0 place 2 instead of 1, uid 1 place 1 instead of 2'),
  });
});

test('the first places alone come out the same, with nothing known of those behind them', async () => {
  const { report, losses } = await ranked([bob, eve, { name: 'Dave', loss: 0.3, commitBlock: 1 }]);
  losses.delete(`Dave ${SAMPLE}`);
  expect(await imagesOrderCheck(report, 2, drawn, losses, patients)).toMatchObject({
    level: 'ok',
    text: expect.stringContaining('2 places'),
  });
});
