import { testGroups } from './testGroups.mjs';

export default testGroups.computing;
