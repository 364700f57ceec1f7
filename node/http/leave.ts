// POST /leave: a planned leave, told to the peers so that none takes it for a failure.

import { Hono } from 'hono';
import * as v from 'valibot';
import { timeAfter } from '../config/times.ts';
import { isPlain } from '../core/wire/printable.ts';
import { admin } from './access/admin.ts';
import type { AppDependencies } from './access/dependencies.ts';
import { jsonOnly } from './access/guard.ts';
import { bodyMoment, exactly, valid } from './access/validate.ts';
import { isoTime } from './answers/number.ts';
import type { LeavingAnswer } from './answers/shapes.ts';
import { sizeCap } from './answers/size-cap.ts';
import { headingOf, readClock } from './view/view-json.ts';

const LeaveBody = exactly({
  reason: v.optional(
    v.pipe(
      v.string('must be text'),
      v.maxLength(200, 'has 200 characters at most'),
      v.check(isPlain, 'must not hold control characters or invisible ones'),
    ),
    '',
  ),
  returnsAt: v.optional(bodyMoment()),
});

type Dependencies = Pick<AppDependencies, 'view' | 'clock' | 'gate' | 'leave' | 'maxBodyBytes'>;

export const leaveRoutes = (deps: Dependencies) =>
  new Hono().post(
    '/leave',
    jsonOnly,
    sizeCap(deps.maxBodyBytes),
    admin(deps, '/leave'),
    valid('json', LeaveBody),
    async (c) => {
      const { reason, returnsAt: given } = c.req.valid('json');
      const returnsAt = given && timeAfter(given, deps.clock.wallMs());
      await deps.leave({
        reason,
        ...(returnsAt === undefined ? {} : { returnsAtWall: returnsAt }),
      });
      return c.json<LeavingAnswer, 202>(
        {
          ...headingOf(deps.view, readClock(deps.clock)),
          leaving: true,
          reason,
          ...(returnsAt === undefined ? {} : { returnsAt: isoTime(returnsAt) }),
        },
        202,
      );
    },
  );
