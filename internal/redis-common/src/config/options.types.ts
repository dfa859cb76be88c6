/** Compiled but never run: checks that each row of the tables has a member in the interfaces, and each member a row. */
import type { OptionValues } from '@greenroom/cache-core';
import type { clientOptions, ClientSettings } from './clientSettings';
import type { ClusterTopology, SentinelTopology, topologyOptions } from './topology';

type Same<A, B> = [A, B] extends [B, A] ? true : never;

type ClusterOptions = (typeof topologyOptions)['cluster']['options'];
type SentinelOptions = (typeof topologyOptions)['sentinel']['options'];

/** Settings of core that only other stores use. */
type UnusedSettings = 'verifyEntries' | 'maxOverdueMs';
/** Read from sections and lists, which have tables of their own. */
type Servers = 'kind' | 'rootNodes' | 'access' | 'sentinelAccess';

export const sameNames: readonly true[] = [
  true satisfies Same<keyof OptionValues<typeof clientOptions>, Exclude<keyof ClientSettings, UnusedSettings>>,
  true satisfies Same<keyof OptionValues<ClusterOptions>, Exclude<keyof ClusterTopology, Servers>>,
  true satisfies Same<keyof OptionValues<SentinelOptions>, Exclude<keyof SentinelTopology, Servers>>,
];
