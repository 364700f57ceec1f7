// One simulated run in a process of its own: options as JSON in its argument, figures as JSON out.

import { runScale, type ScaleOptions } from '../../../node/experiment/simulation/scale.ts';

const options: ScaleOptions = JSON.parse(process.argv[2] ?? '{}');
const figures = runScale(options);
const peakMegabytes = (process.resourceUsage().maxRSS * 1_024) / 1e6;
process.stdout.write(JSON.stringify({ ...figures, peakMegabytes }));
