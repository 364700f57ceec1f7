// The process of one benchmark. Whatever it started ends with it: nodes and busy processes hold a
// channel to this one, and commands look for the end of their parent.

import { benchmarks } from './benchmarks.ts';
import { type Order, type Report, setUpNetwork } from './isolation.ts';

process.on('disconnect', () => process.exit(1));
process.once('message', async ({ name, context }: Order) => {
  const report = await measure({ name, context });
  process.send?.(report, () => process.exit(0));
});

async function measure({ name, context }: Order): Promise<Report> {
  try {
    if (context.isIsolated) setUpNetwork();
    const benchmark = benchmarks.find((one) => one.name === name);
    if (benchmark === undefined) throw new Error(`there is no benchmark called ${name}`);
    return { type: 'done', rows: await benchmark.run(context) };
  } catch (error) {
    return { type: 'failed', problem: error instanceof Error ? error.message : String(error) };
  }
}
