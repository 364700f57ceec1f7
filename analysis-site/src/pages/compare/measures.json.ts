// Every finished run with its measures, for the script of the comparing page.

import type { APIRoute } from 'astro';
import { pack } from '../../compare/data.ts';
import { experimentReports } from '../../report/report.ts';

export const GET: APIRoute = async () => Response.json(pack(await experimentReports()));
