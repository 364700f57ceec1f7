// What an experiment replaces in a node, or watches; a node in use has none of it.

import type { PeerAccess } from '../app.ts';
import type { Strategy } from '../core/exchange/strategy.ts';
import type { Codec } from '../core/wire/codec.ts';
import type { LoopPorts } from '../driver/loop.ts';
import type { Transport } from '../ports.ts';

export interface Instrumentation {
  readonly strategy?: Strategy;
  readonly codec?: Codec;
  /** Puts faults between the node at `address` and the network. */
  readonly wrap?: (transport: Transport, address: string) => Transport;
  readonly onHandled?: NonNullable<LoopPorts['onHandled']>;
  /** The same for what peers are asked in a query. */
  readonly wrapAsk?: (ask: PeerAccess['ask']) => PeerAccess['ask'];
  /** Gossip bodies and answers read at most, bytes; whole records need more than PrioMon does. */
  readonly maxBodyBytes?: number;
}
