import { createServiceFactory, createServiceRef } from '@backstage/backend-plugin-api';

/** Whether the demonstration plugins look up values. */
export interface TrafficSwitch {
  isOn: boolean;
}

export const trafficSwitchRef = createServiceRef<TrafficSwitch>({
  id: 'example.traffic-switch',
  scope: 'root',
  defaultFactory: async service => createServiceFactory({ service, deps: {}, factory: () => ({ isOn: false }) }),
});
