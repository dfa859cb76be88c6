import type { Capability, ConformanceCase, ConformanceTarget } from './conformanceTarget';
import { uniqueName } from './uniqueName';
import { withDriver, withManager } from './withDriver';
import type { TrackedCache, TrackedDriver, TrackedManager } from './trackDriver';

/** Makes the cases of one group. Everything that a case opens is cleaned up and closed, even when it fails. */
export interface CaseMaker {
  /** A case on the bare driver. All of its keys start with `prefix`. */
  readonly driverCase: (name: string, run: DriverRun) => ConformanceCase;
  /** A case on the cache of one plugin. */
  readonly cacheCase: (name: string, run: (cache: TrackedCache) => Promise<void>) => ConformanceCase;
  /** A case on the caches of several plugins. */
  readonly managerCase: (name: string, run: ManagerRun) => ConformanceCase;
  /** A case that opens and closes what it needs itself. */
  readonly targetCase: (name: string, run: (target: ConformanceTarget) => Promise<void>) => ConformanceCase;
}

type DriverRun = (driver: TrackedDriver, prefix: string, target: ConformanceTarget) => Promise<void>;
type ManagerRun = (manager: TrackedManager, target: ConformanceTarget) => Promise<void>;

/** Creates a maker for a group. If a capability is given, the cases are left out for drivers that lack it. */
export function casesOf(group: ConformanceCase['group'], capability?: Capability): CaseMaker {
  const targetCase: CaseMaker['targetCase'] = (name, run) => ({ group, name, ...(capability && { capability }), run });
  return {
    targetCase,
    driverCase: (name, run) =>
      targetCase(name, target => withDriver(target, (driver, prefix) => run(driver, prefix, target))),
    cacheCase: (name, run) =>
      targetCase(name, target => withManager(target, manager => run(manager.forPlugin(uniqueName())))),
    managerCase: (name, run) => targetCase(name, target => withManager(target, manager => run(manager, target))),
  };
}
