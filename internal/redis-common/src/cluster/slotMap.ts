import type { Shard } from './clusterReplies';
import { SLOT_COUNT } from './clusterSlot';

/** The cluster as one node describes it. */
export interface ClusterView {
  readonly shards: readonly Shard[];
  /** Host names of the nodes that are announced by address, keyed by that address. */
  readonly hostNames: ReadonlyMap<string, string>;
}

/** Which nodes hold each slot, by the latest view of the cluster and the redirections since then. */
export interface SlotMap {
  /** False until the first view. */
  readonly isKnown: boolean;
  /** Returns `undefined` when no node has the slot, or before the first view. */
  shardOf(slot: number): Shard | undefined;
  /** Addresses of the masters that have at least one slot. */
  masters(): ReadonlySet<string>;
  /** Returns the number of slots that no node has. */
  countUnserved(): number;
  hostNameOf(address: string): string | undefined;
  /** Call when the cluster is asked for a view. That view may be older than redirections from now on, so these win. */
  asked(): void;
  moved(slot: number, address: string): void;
  /** Applies a view, except where redirections since `asked` win. Returns the addresses of the nodes to connect to. */
  use(view: ClusterView, withReplicas: boolean): ReadonlySet<string>;
}

export function createSlotMap(): SlotMap {
  return new Slots();
}

class Slots implements SlotMap {
  #shards: (Shard | undefined)[] | undefined;
  #hostNames: ReadonlyMap<string, string> = new Map();
  /** Slots that have moved since the cluster was last asked. */
  readonly #moved = new Map<number, string>();

  get isKnown(): boolean {
    return this.#shards !== undefined;
  }

  shardOf(slot: number): Shard | undefined {
    return this.#shards?.[slot];
  }

  masters(): ReadonlySet<string> {
    return new Set(this.#shards?.flatMap(shard => (shard ? [shard.master] : [])));
  }

  countUnserved(): number {
    return SLOT_COUNT - (this.#shards?.filter(shard => shard !== undefined).length ?? 0);
  }

  hostNameOf(address: string): string | undefined {
    return this.#hostNames.get(address);
  }

  asked(): void {
    this.#moved.clear();
  }

  moved(slot: number, address: string): void {
    this.#moved.set(slot, address);
    if (this.#shards) this.#shards[slot] = toMovedShard(slot, address);
  }

  use({ shards, hostNames }: ClusterView, withReplicas: boolean): ReadonlySet<string> {
    this.#hostNames = hostNames;
    this.#shards = new Array<Shard | undefined>(SLOT_COUNT);
    for (const shard of shards) this.#shards.fill(shard, shard.first, shard.last + 1);
    for (const [slot, address] of this.#moved) this.#shards[slot] = toMovedShard(slot, address);
    const ofView = shards.flatMap(({ master, replicas }) => [master, ...(withReplicas ? replicas : [])]);
    return new Set([...ofView, ...this.#moved.values()]);
  }
}

function toMovedShard(slot: number, address: string): Shard {
  return { first: slot, last: slot, master: address, replicas: [] };
}
