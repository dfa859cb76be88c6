import { openSupervisor, type Supervisor } from './openSupervisor';

/** Servers that end together. */
export interface SupervisedGroup {
  /** Runs one of the actions in supervisor.mjs. Resolves to its result. */
  request(action: string, parameters?: object): Promise<unknown>;
  /** Ends the servers of the group. */
  close(): Promise<void>;
}

interface SharedSupervisor extends Supervisor {
  openGroups: number;
}

/** Returns a function that opens groups. All groups share one supervisor, which starts when needed and ends after it has been idle. */
export function shareSupervisor(): () => SupervisedGroup {
  let shared: SharedSupervisor | undefined;
  let groups = 0;

  function open(): SharedSupervisor {
    const forget = () => {
      if (shared === opened) shared = undefined;
    };
    const endUnlessUsed = () => {
      if (opened.openGroups > 0) return;
      forget();
      opened.end();
    };
    const opened: SharedSupervisor = { ...openSupervisor(endUnlessUsed, forget), openGroups: 0 };
    return opened;
  }

  return () => {
    const supervisor = (shared ??= open());
    const group = ++groups;
    supervisor.openGroups++;
    return {
      request: (action, parameters) => supervisor.request(action, { ...parameters, group }),
      async close() {
        supervisor.openGroups--;
        await supervisor.request('close', { group });
      },
    };
  };
}
